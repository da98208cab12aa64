"""V39: one change of conditions at a time, each of them named."""

from collections.abc import Callable
from typing import Any

import pytest

from analysis.rules.v39_same_conditions import SameConditions
from authbench.contracts.card import Operation, StoreLoss
from authbench.contracts.records import HostRecord, Manifest, Rate
from tests.analysis.build_run import MiniRun

check = SameConditions().check


def _manifest(**changes: Any) -> Manifest:
    mini = MiniRun(generations=1)
    return Manifest(**{**mini.manifest, **changes})


A = _manifest()


def _server(arm: str, **changes: Any) -> dict[str, Any]:
    return {**A.servers, arm: A.servers[arm].model_copy(update=changes)}


def test_a_later_run_of_other_code_is_under_the_same_conditions() -> None:
    later = _manifest(
        run_id="later",
        seed=8,
        git_commit="0" * 40,
        authbench_version="9",
        generations_done=9,
        rate=Rate(offered_rps=219.0, closed_loop_rps={}, share=None),
        machine=A.machine.model_copy(update={"memory_mib": 4100}),
        servers=_server("jwt-hs256", routes={}, middleware=["X"]),
    )
    assert check(A, later) == []
    assert check(A, A) == []


def test_a_run_that_did_not_ask_for_the_allocator_is_under_the_same_conditions() -> None:
    assert A.store is not None
    earlier = _manifest(store=A.store.model_copy(update={"allocator": None}))
    assert check(earlier, A) == []
    assert check(A, earlier) == []


def _own(rps: float | None) -> Rate:
    own = ["jwt-hs256"] if rps else []
    return Rate(offered_rps=200.0, closed_loop_rps={}, share=None, own_rps=rps, own_arms=own)


@pytest.mark.parametrize(
    ("in_a", "in_b", "words"),
    [
        (100.0, 105.0, None),
        (100.0, 120.0, "of its own: 100 requests/s in A, 120 in B"),
        (100.0, None, "of its own in A only"),
        (None, 100.0, "of its own in B only"),
    ],
)
def test_an_arm_with_a_rate_of_its_own_has_the_same_in_both(
    in_a: float | None, in_b: float | None, words: str | None
) -> None:
    found = check(_manifest(rate=_own(in_a)), _manifest(rate=_own(in_b)))
    expected = [("rate of jwt-hs256", words)] if words else []
    assert [(finding.subject, finding.sentence) for finding in found] == expected


_CHANGES: list[tuple[str, str, Callable[[], dict[str, Any]]]] = [
    ("machine", "h1 in A, h2 in B", lambda: {"machine": A.machine.model_copy(update={"host": "h2"})}),
    ("processor", "another", lambda: {"machine": A.machine.model_copy(update={"cpu_model": "another"})}),
    ("processors", "4 in B", lambda: {"machine": A.machine.model_copy(update={"cpus": 4})}),
    ("memory", "8192 MiB", lambda: {"machine": A.machine.model_copy(update={"memory_mib": 8192})}),
    ("kernel", "6.2 in B", lambda: {"machine": A.machine.model_copy(update={"kernel": "6.2"})}),
    ("placement", "none in B", lambda: {"placement": None}),
    ("store version", "7.4", lambda: {"store": A.store and A.store.model_copy(update={"version": "7.4"})}),
    (
        "store server",
        "Valkey",
        lambda: {"store": A.store and A.store.model_copy(update={"server": "Valkey"})},
    ),
    (
        "store allocator",
        "jemalloc-5.1.0 in A, libc in B",
        lambda: {"store": A.store and A.store.model_copy(update={"allocator": "libc"})},
    ),
    ("store source", "url", lambda: {"store": A.store and A.store.model_copy(update={"source": "url"})}),
    ("workload draw", "zipf", lambda: {"workload": A.workload.model_copy(update={"draw": "zipf"})}),
    (
        "experiment slice_s",
        "0.3 in A, 0.5 in B",
        lambda: {"experiment": A.experiment.model_copy(update={"slice_s": 0.5})},
    ),
    (
        "experiment rate_share",
        "0.6",
        lambda: {"experiment": A.experiment.model_copy(update={"rate_share": 0.6})},
    ),
    ("offered rate", "221", lambda: {"rate": Rate(offered_rps=221.0, closed_loop_rps={}, share=None)}),
    ("offered rate", "one run only", lambda: {"rate": None}),
    ("generators", "1 in A, 2 in B", lambda: {"generators": 2}),
    (
        "host of store",
        "none in A",
        lambda: {
            "hosts": [
                HostRecord(
                    name="store", parts=["store"], processors=[1000], machine=A.machine, round_trip_us=99.0
                )
            ]
        },
    ),
    ("generator's locust", "none in A, 3 in B", lambda: {"generator_versions": {"locust": "3"}}),
    (
        "PyJWT of jwt-hs256",
        "2.15.1 in A, 2.13.0 in B",
        lambda: {"servers": _server("jwt-hs256", versions={"PyJWT": "2.13.0", "redis": "8.1.0"})},
    ),
    (
        "crypto algorithm of jwt-hs256",
        "RS256",
        lambda: {
            "servers": _server("jwt-hs256", crypto={**A.servers["jwt-hs256"].crypto, "algorithm": "RS256"})
        },
    ),
    (
        "card's travels of none",
        "else in B",
        lambda: {"cards": {**A.cards, "none": A.cards["none"].model_copy(update={"travels": "else"})}},
    ),
]


@pytest.mark.parametrize(("subject", "words", "change"), _CHANGES, ids=[f"{s}: {w}" for s, w, _ in _CHANGES])
def test_each_difference_is_named_once(
    subject: str, words: str, change: Callable[[], dict[str, Any]]
) -> None:
    (finding,) = check(A, A.model_copy(update=change()))
    assert (finding.rule, finding.subject, finding.severity) == ("V39", subject, "refuse-figure")
    assert words in finding.sentence


def test_what_all_arms_share_is_told_once() -> None:
    servers = {arm: server.model_copy(update={"python": "3.12.1"}) for arm, server in A.servers.items()}
    (finding,) = check(A, A.model_copy(update={"servers": servers}))
    assert (finding.subject, finding.sentence) == ("python", "3.11.9 in A, 3.12.1 in B")


def test_arms_of_one_run_only_are_no_difference() -> None:
    arms = [arm for arm in A.experiment.arms if arm.scheme != "jwt-hs256"]
    fewer = A.model_copy(update={"experiment": A.experiment.model_copy(update={"arms": arms})})
    assert check(A, fewer) == []


def test_what_the_workload_never_asks_is_no_difference() -> None:
    """A login is not in it: its commands may change. A read is: they may not."""
    declared = A.cards["none"]
    logins = declared.store_commands | {Operation.LOGIN: {"set": 1}}
    crypto = declared.crypto_operations | {Operation.PUBLIC: {}}
    changed = declared.model_copy(update={"store_commands": logins, "crypto_operations": crypto})
    assert check(A, A.model_copy(update={"cards": {**A.cards, "none": changed}})) == []
    reads = declared.model_copy(update={"store_commands": {Operation.READ: {"set": 1}}})
    (finding,) = check(A, A.model_copy(update={"cards": {**A.cards, "none": reads}}))
    assert finding.subject == "card's store_commands of none"


def test_what_the_loss_of_a_store_does_is_no_condition_of_a_run() -> None:
    """An earlier run's cards do not say it."""
    said = A.cards["none"].model_copy(update={"store_loss": StoreLoss.REFUSES})
    assert check(A, A.model_copy(update={"cards": {**A.cards, "none": said}})) == []
