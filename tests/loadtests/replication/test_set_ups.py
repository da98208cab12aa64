"""Set-ups of published comparisons, against real servers: what their mistakes really switch on."""

import os
from pathlib import Path
from typing import Any

import pytest

from authbench.contracts.replication.claim import Claim, SetUp
from authbench.contracts.replication.report import SetUpReading
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.run.generation import Bench
from loadtests.replication import loads
from loadtests.replication.set_ups import SetUpRequest, in_order, measure_set_ups
from tests.analysis.replication.made_claims import claim

PATIENT = {"store_deadline_ms": 5000}
"""A store may take long to answer: this machine has more to do."""
TWO = [{"scheme": "session-redis", "settings": PATIENT}, {"scheme": "jwt-hs256", "settings": PATIENT}]


def _set_up(**fields: Any) -> SetUp:
    return SetUp.model_validate({"arms": TWO, "rounds": 1, **fields}, strict=False)


def _with(*planned: SetUp) -> Claim:
    return claim().model_copy(update={"set_ups": list(planned)})


def test_the_order_is_fixed_where_that_is_the_mistake() -> None:
    honest = _set_up(name="x", load="loop", connections=[1])
    fixed = honest.model_copy(update={"mistakes": ["fixed-order"]})
    assert [in_order(honest, number)[0].label for number in range(3)] == [
        "session-redis", "jwt-hs256", "session-redis",
    ]  # fmt: skip
    assert {in_order(fixed, number)[0].label for number in range(3)} == {"session-redis"}


def test_every_load_is_offered_and_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop on the server's processor, a chain of logins and a fill, in one round of fresh processes."""
    layout, seen = plan_layout(available_processors()), []
    before = loads.loop

    def watched(*arguments: Any) -> Any:
        bench: Bench = arguments[0].bench
        seen.append({cpu for pid in bench.generators.pids for cpu in os.sched_getaffinity(pid)})
        return before(*arguments)

    monkeypatch.setattr("loadtests.replication.set_ups.loop", watched)
    chained = [{**arm, "settings": {**PATIENT, "password_queue": 100}} for arm in TWO]
    planned = _with(
        _set_up(
            name="shared",
            load="loop",
            connections=[1, 70],
            seconds=0.2,
            mistakes=["shared-core", "one-credential"],
        ),
        _set_up(name="apart", load="loop", connections=[2], seconds=0.2, mistakes=["no-warm-up"]),
        _set_up(name="chain", load="chain", users=6, arrive_s=0.2, arms=chained[:1]),
        _set_up(name="filled", load="fill", credentials=2000, arms=TWO[:1]),
    )
    found = measure_set_ups(SetUpRequest([planned], lambda _: None))
    assert seen == [set(layout.app)] * 4 + [set(layout.generator)] * 2
    assert [(one.set_up, one.arm, one.connections) for one in found.readings] == [
        ("shared", "session-redis", 1),
        ("shared", "session-redis", 70),
        ("shared", "jwt-hs256", 1),
        ("shared", "jwt-hs256", 70),
        ("apart", "session-redis", 2),
        ("apart", "jwt-hs256", 2),
        ("chain", "session-redis", 6),
    ]
    for one in found.readings:
        assert _is_whole(one), one
    (fill,) = found.fills
    assert fill.counts[-1] == 2000
    assert fill.bytes[-1] - fill.bytes[0] > 2000 * 100


def _is_whole(one: SetUpReading) -> bool:
    times = one.p50_ms is not None and one.p95_ms is not None and one.p50_ms <= one.p95_ms
    return one.requests > 0 and one.errors == 0 and one.rate_rps > 0 and times


def test_a_claim_without_set_ups_starts_nothing(tmp_path: Path) -> None:
    found = measure_set_ups(SetUpRequest([_with()], pytest.fail))
    assert (found.readings, found.fills) == ([], [])
