"""V27: Little's law and the utilisation law."""

import math
from pathlib import Path

import pytest

from analysis.data.run import RunData, load_run
from analysis.rules.v27_counts_agree import CountsAgree, loop_wait_ms, residence
from analysis.statistics.intervals import nested_interval
from authbench.contracts.experiment import Condition
from authbench.contracts.records import ProbeReading
from tests.analysis.build_run import READ, MiniRun, experiment, slice_record
from tests.analysis.rules.one import one
from tests.analysis.watched_run import watch

RULE = CountsAgree()


def _run(mini: MiniRun, tmp_path: Path) -> RunData:
    return load_run(mini.write(tmp_path))


def test_residence_is_requests_inside_by_throughput() -> None:
    probe = ProbeReading(sent=2, accepted=2, service_ns=[3_000_000, 5_000_000], cpu_ns=1)
    record = slice_record(requests=8, server_requests=10, server_in_flight_ns=15_000_000, probe=probe)
    found = residence(record, 8, 12_000_000)
    assert found is not None
    assert found.server_ms == 1.5
    assert found.client_ms == 2.0
    assert found.outside_ms == 0.5
    assert residence(slice_record(), 8, 12_000_000) is None


def test_a_dearer_scheme_waits_longer_for_the_loop() -> None:
    """40 requests of 0.7 ms in 310 ms: rho = 0.09."""
    wait_ms = loop_wait_ms([slice_record()])
    assert wait_ms == pytest.approx(0.0903 / (1 - 0.0903) * 0.7, rel=0.01)
    assert loop_wait_ms([slice_record("none")]) < wait_ms
    assert loop_wait_ms([slice_record(app_cpu_ns=400_000_000)]) == math.inf
    assert loop_wait_ms([]) == math.inf


@pytest.mark.parametrize(
    ("excess_ms", "refused"),
    [(0.0, False), (0.24, False), (0.26, True), (-0.14, False), (-0.16, True)],
)
def test_what_is_outside_is_the_controls_but_for_the_loop(excess_ms: float, refused: bool) -> None:
    """1.5 ms inside: a tolerance of 0.15 ms, and 0.1 ms of waiting on top."""
    sure = nested_interval({0: [excess_ms - 1e-6, excess_ms + 1e-6]})
    finding = one(RULE.check_little("an arm", 1.5, sure, wait_ms=0.1))
    assert (finding is not None) == refused
    assert finding is None or (finding.subject, finding.refuses) == ("an arm", "latency")
    unsure = nested_interval({0: [excess_ms - 1, excess_ms + 1]})
    assert one(RULE.check_little("an arm", 1.5, unsure, wait_ms=0.1)) is None


def test_nobody_is_inside_longer_than_the_client_waits() -> None:
    assert one(RULE.check_inside("an arm", 1.0, 1.0)) is None
    assert one(RULE.check_inside("an arm", 1.01, 1.0)) is not None


def test_a_watched_run_keeps_littles_law(tmp_path: Path) -> None:
    assert list(RULE.check_run(_run(watch(MiniRun(cycles=5)), tmp_path))) == []


def test_a_generator_that_adds_a_millisecond_breaks_it(tmp_path: Path) -> None:
    mini = watch(MiniRun(cycles=5))
    for (_, _, arm), (_, rows) in mini.samples.items():
        if arm == "jwt-hs256":
            rows["done_ns"] += 1_000_000
    (finding,) = RULE.check_run(_run(mini, tmp_path))
    assert finding.subject == "jwt-hs256"
    assert finding.number == pytest.approx(1, abs=0.1)


def test_a_gauge_that_misses_half_breaks_it_and_one_that_counts_double_too(tmp_path: Path) -> None:
    for name, factor in (("a", 0.5), ("b", 2.0)):
        mini = watch(MiniRun(run_id=name, cycles=5))
        mini.slices = [
            judged.model_copy(
                update={
                    "measured": judged.measured.model_copy(
                        update={
                            "server_in_flight_ns": int((judged.measured.server_in_flight_ns or 0) * factor)
                        }
                    )
                }
            )
            if judged.measured.arm == "session-redis"
            else judged
            for judged in mini.slices
        ]
        assert [f.subject for f in RULE.check_run(_run(mini, tmp_path))] == ["session-redis"]


def test_connecting_is_outside_and_no_control_that_keeps_connections_says_how_long(tmp_path: Path) -> None:
    fresh = Condition(fresh_connections=True)
    for name, conditions, subjects in (
        ("a", {"jwt-hs256": fresh}, []),
        ("b", {"jwt-hs256": fresh, "none": fresh}, ["jwt-hs256"]),
    ):
        arms = [
            arm.model_copy(update={"condition": conditions.get(arm.label, Condition())})
            for arm in experiment().arms
        ]
        mini = watch(MiniRun(run_id=name, cycles=5, arms=arms))
        for (_, _, arm), (_, rows) in mini.samples.items():
            if arm == "jwt-hs256":
                rows["done_ns"] += 1_000_000
        assert [finding.subject for finding in RULE.check_run(_run(mini, tmp_path))] == subjects


def test_without_a_gauge_or_an_open_loop_little_says_nothing(tmp_path: Path) -> None:
    assert list(RULE.check_run(_run(MiniRun(run_id="a"), tmp_path))) == []
    mini = watch(MiniRun(run_id="b", workload=READ.model_copy(update={"loop": "closed"})))
    mini.change_every("session-redis", server_in_flight_ns=0)
    assert list(RULE.check_run(_run(mini, tmp_path))) == []


@pytest.mark.parametrize(("cores", "off"), [(0.50, False), (0.54, False), (0.56, True), (0.44, True)])
def test_utilisation_follows_from_its_neighbours(cores: float, off: bool) -> None:
    finding = one(RULE.check_utilisation("an arm", cores, 0.5))
    assert (finding is not None) == off
    assert finding is None or (finding.severity, finding.refuses) == ("tag", "none")


def test_utilisation_needs_a_rate_on_either_side(tmp_path: Path) -> None:
    straight = _run(MiniRun(run_id="a", generations=3, ladder=(100.0, 400.0)), tmp_path)
    assert list(RULE.check_run(straight)) == []
    bent = MiniRun(run_id="b", generations=3, ladder=(100.0, 400.0))
    bent.slices = [
        judged.model_copy(
            update={
                "measured": judged.measured.model_copy(
                    update={"app_cpu_ns": 2 * (judged.measured.app_cpu_ns or 0)}
                )
            }
        )
        if judged.measured.purpose == "main" and judged.measured.arm == "none"
        else judged
        for judged in bent.slices
    ]
    assert [f.subject for f in RULE.check_run(_run(bent, tmp_path))] == ["none"]
    one_side = _run(MiniRun(run_id="c", generations=3, ladder=(300.0, 400.0)), tmp_path)
    assert list(RULE.check_run(one_side)) == []
