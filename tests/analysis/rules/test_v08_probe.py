from pathlib import Path

import numpy as np
import pytest

from analysis.comparison.arms import refused
from analysis.data.run import load_run
from analysis.rules.v08_probe import SecondClient
from authbench.contracts.records import ProbeReading
from tests.analysis.build_run import MiniRun, slice_record
from tests.analysis.rules.one import one
from tests.analysis.watched_run import watch

RULE = SecondClient()


def _times(median_ms: float, count: int = 101) -> np.ndarray:
    return np.linspace(0.5 * median_ms, 1.5 * median_ms, count)


@pytest.mark.parametrize(
    ("generator_ms", "probe_ms", "refused"),
    [
        (2.0, 2.0, False),
        (2.49, 2.0, False),  # within 0.5 ms
        (2.51, 2.0, True),
        (11.9, 10.0, False),  # within a fifth
        (12.1, 10.0, True),
        (2.0, 2.6, True),  # the other way round one of them lies as well
    ],
)
def test_the_two_medians_agree(generator_ms: float, probe_ms: float, refused: bool) -> None:
    finding = one(RULE.check_medians("an arm", _times(generator_ms), _times(probe_ms).tolist()))
    assert (finding is not None) == refused
    if finding:
        assert (finding.rule, finding.severity, finding.refuses) == ("V08", "refuse-figure", "latency")


@pytest.mark.parametrize(
    ("gaps_ms", "refused"), [([1.0, 1.2, 0.9], True), ([3.0, -1.0, 0.5], False), ([1.0], True)]
)
def test_generations_that_disagree_are_chance(gaps_ms: list[float], refused: bool) -> None:
    found = RULE.check_medians("an arm", _times(3.0), _times(2.0).tolist(), gaps_ms)
    assert bool(list(found)) == refused


@pytest.mark.parametrize(("reads", "readings"), [(1000, 19), (0, 100)])
def test_too_few_readings_are_told_and_judge_nothing(reads: int, readings: int) -> None:
    finding = one(RULE.check_medians("an arm", np.full(reads, 9.0), [1.0] * readings))
    assert finding is not None
    assert (finding.severity, finding.refuses) == ("tag", "none")
    assert one(RULE.check_medians("an arm", np.full(1000, 1.0), [1.0] * 20)) is None


def test_a_wrong_answer_to_the_second_client_refuses_latency() -> None:
    def probe(accepted: int) -> ProbeReading:
        return ProbeReading(sent=2, accepted=accepted, service_ns=[1] * accepted, cpu_ns=1)

    assert one(RULE.check_answers(slice_record(probe=probe(2)))) is None
    assert one(RULE.check_answers(slice_record())) is None
    finding = one(RULE.check_answers(slice_record("jwt-hs256", probe=probe(1))))
    assert finding is not None
    assert (finding.subject, finding.refuses) == ("jwt-hs256", "latency")


def test_a_generator_that_adds_two_milliseconds_loses_its_latency_on_that_arm(tmp_path: Path) -> None:
    mini = watch(MiniRun(cycles=5))
    assert list(RULE.check_run(load_run(mini.write(tmp_path / "a")))) == []
    for (_, _, arm), (_, rows) in mini.samples.items():
        if arm == "jwt-hs256":
            rows["done_ns"] += 2_000_000
    findings = list(RULE.check_run(load_run(mini.write(tmp_path / "b"))))
    assert [finding.subject for finding in findings] == ["jwt-hs256"]
    assert refused(findings, "latency", ["jwt-hs256"])
    assert refused(findings, "cost", ["jwt-hs256"]) is None, "CPU is not the generator's"


def test_what_all_arms_have_is_marked_and_refuses_nothing(tmp_path: Path) -> None:
    mini = watch(MiniRun(cycles=5))
    for _, rows in mini.samples.values():
        rows["done_ns"] += 2_000_000
    findings = list(RULE.check_run(load_run(mini.write(tmp_path))))
    assert [finding.severity for finding in findings] == ["mark"] * 4
    assert findings[0].sentence.endswith("so it is for the other arms")


@pytest.mark.parametrize(
    ("shared_ms", "severity"), [(0.0, "refuse-figure"), (0.9, "mark"), (-0.3, "refuse-figure")]
)
def test_a_gap_is_held_against_the_other_arms(shared_ms: float, severity: str) -> None:
    found = one(RULE.check_medians("an arm", _times(3.0), _times(2.0).tolist(), (), shared_ms))
    assert found is not None
    assert found.severity == severity
