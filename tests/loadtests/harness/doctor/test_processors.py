import pytest

from loadtests.harness.doctor.processors import judge_governor, judge_processors, judge_quota
from loadtests.harness.telemetry.cgroup import CpuAllowance


@pytest.mark.parametrize(
    ("available", "level", "words"),
    [
        ({0}, "warning", "latency says nothing"),
        ({0, 1}, "note", "generator and store share processor 0"),
        ({0, 1, 2}, "good", "each apart"),
        ({3, 5, 6}, "good", "3 of 8"),
    ],
)
def test_what_is_shared_follows_from_their_number(available: set[int], level: str, words: str) -> None:
    finding = judge_processors(available, 8)
    assert finding.level == level
    assert words in finding.found


@pytest.mark.parametrize(
    ("processors", "throttled", "level"),
    [(None, 0, "good"), (0.5, 0, "unfit"), (1.5, 0, "warning"), (2.0, 0, "good"), (2.0, 3, "warning")],
)
def test_a_quota_below_a_processor_makes_it_unfit(
    processors: float | None, throttled: int, level: str
) -> None:
    finding = judge_quota(CpuAllowance(processors, 100), 2, throttled)
    assert finding.level == level
    assert bool(finding.advice) == (level != "good")


def test_governors() -> None:
    assert judge_governor({0: "performance", 1: "performance"}, False).level == "good"
    mixed = judge_governor({0: "performance", 1: "powersave"}, False)
    assert (mixed.level, "'powersave'" in mixed.found) == ("warning", True)
    missing = judge_governor({}, True)
    assert (missing.level, "virtual machine" in missing.found) == ("note", True)
    assert "does not show" in judge_governor({}, None).found
