"""V04 and V36: what a drill has seen, and what it may conclude."""

import numpy as np
import pytest

from analysis.rules.v04_coordinated_omission import CoordinatedOmission, Freeze, count_late
from analysis.rules.v36_injection import Injection, InjectionSeen
from authbench.contracts.security.drill import Proof
from loadtests.schedule.arrivals import poisson_schedule

FREEZE = Freeze(stopped_ns=1_000_000_000, continued_ns=2_000_000_000, rate_rps=200.0)


def test_late_are_those_due_in_the_freeze_and_answered_after_it() -> None:
    due = np.array([5, 10, 15, 19, 20, 25])
    done = np.array([30, 20, 12, -1, 40, 40])
    assert count_late(due, done, Freeze(10, 20, 1.0)) == (3, 2)


def test_an_open_loop_shows_the_freeze() -> None:
    due = np.arange(0, 3_000_000_000, 5_000_000)
    frozen = (due >= FREEZE.stopped_ns) & (due < FREEZE.continued_ns)
    done = np.where(frozen, FREEZE.continued_ns, due) + 1_000_000
    assert count_late(due, done, FREEZE) == (200, 200)
    assert CoordinatedOmission().check("an arm", 200, 200, FREEZE) is None


def test_a_closed_loop_hides_it() -> None:
    """Sixteen connections: each has one request in the freeze, and sends the next when that is answered."""
    before = np.arange(0, 1_000_000_000, 5_000_000)
    waiting = np.full(16, 1_000_000_000)
    due = np.concatenate((before, waiting, np.arange(2_000_000_000, 3_000_000_000, 5_000_000)))
    done = np.where(due == 1_000_000_000, 2_001_000_000, due + 1_000_000)
    assert count_late(due, done, FREEZE) == (16, 16)
    finding = CoordinatedOmission().check("an arm", 16, 16, FREEZE)
    assert finding is not None
    assert (finding.rule, finding.severity, finding.limit) == ("V04", "void-run", 150)


def test_a_tenth_may_be_missing() -> None:
    assert CoordinatedOmission().check("an arm", 200, 180, FREEZE) is None
    assert CoordinatedOmission().check("an arm", 200, 179, FREEZE) is not None


@pytest.mark.parametrize("rate_rps", [40.0, 200.0, 300.0])
def test_a_sound_open_loop_is_not_accused_because_few_were_due_by_chance(rate_rps: float) -> None:
    """With 0.9 of the mean number as the limit, one seed in 20 was accused at 300 requests/s."""
    freeze = Freeze(1_000_000_000, 2_000_000_000, rate_rps)
    few = 0
    for seed in range(1000):
        due = poisson_schedule(rate_rps, 3.0, seed)
        done = np.where((due >= freeze.stopped_ns) & (due < freeze.continued_ns), freeze.continued_ns, due)
        counted, late = count_late(due, done + 1_000_000, freeze)
        few += late < 0.9 * rate_rps
        assert CoordinatedOmission().check("an arm", counted, late, freeze) is None, seed
    assert few > 10


def test_without_a_single_request_nothing_was_seen() -> None:
    assert CoordinatedOmission().check("an arm", 0, 0, Freeze(0, 1_000_000_000, 1.0)) is not None


def _seen(before: str = "S", during: str = "TTT", after: str = "R", answers: int = 3) -> list[str]:
    injection = Injection(before, during, after, answers)
    findings = list(InjectionSeen().check("an arm", injection))
    assert all(finding.severity == "void-run" for finding in findings)
    return [finding.sentence for finding in findings]


def test_a_process_that_stood_still_beside_one_that_did_not_passes() -> None:
    assert _seen() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"during": "SRS"}, "seen stopped 0 of 3"),
        ({"during": "TTS"}, "seen stopped 2 of 3"),
        ({"during": ""}, "seen stopped 0 of 1"),
        ({"before": "T"}, "running before and after 1 of 2"),
        ({"after": "T"}, "running before and after 1 of 2"),
        ({"answers": 0}, "nothing was done to answered meanwhile 0 of 1"),
    ],
)
def test_a_drill_that_did_nothing_or_too_much_shows_nothing(changes: dict[str, object], words: str) -> None:
    (sentence,) = _seen(**changes)  # type: ignore[arg-type]
    assert words in sentence


def test_a_failure_drill_needs_proofs_and_all_of_them_must_hold() -> None:
    held = Proof(what="PING during the failure", seen="no answer", acted=True)
    failed = Proof(what="records evicted", seen="0", acted=False)
    assert not list(InjectionSeen().check_proofs("a drill", [held]))
    (finding,) = InjectionSeen().check_proofs("a drill", [held, failed])
    assert finding.sentence == "records evicted: 0: the drill shows nothing"
    (finding,) = InjectionSeen().check_proofs("a drill", [])
    assert (finding.severity, "nobody looked" in finding.sentence) == ("void-run", True)
