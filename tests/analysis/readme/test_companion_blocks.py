"""What stands beside the headline follows its runs: the verdicts, and what was planted and found again."""

import pytest

from analysis.readme.companion_blocks import companion_writers
from analysis.records.summary import Comparison, Summary
from tests.analysis.capacity.runs import reference

PAGE = "results/page.html"


def _written(block: str, headline: Summary, schemes: Summary | None) -> str:
    beside = None if schemes is None else (schemes, PAGE)
    return " ".join(companion_writers(headline, beside)[block]().split())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"verdict": "slower", "ratio": 1.5}, "a token with a deny list cost 50 % more CPU;"),
        ({"verdict": "faster", "ratio": 0.9}, "a token with a deny list cost 10 % less CPU;"),
        ({"verdict": "inconclusive"}, "a token with a deny list could not be told apart in CPU;"),
    ],
)
def test_a_shape_is_told_as_its_verdict_says(change: dict[str, object], words: str) -> None:
    quick, schemes = reference()[0], reference("schemes")[0]

    def changed(c: Comparison) -> Comparison:
        is_it = (c.a, c.metric) == ("jwt-denylist", "cpu_total_us")
        return c.model_copy(update=change) if is_it else c

    other = schemes.model_copy(update={"comparisons": [changed(c) for c in schemes.comparisons]})
    assert words in _written("shapes", quick, other)


def test_what_was_not_measured_is_said_with_its_command() -> None:
    uncalibrated = reference()[0].model_copy(update={"calibration": None})
    assert "make bench EXPERIMENT=schemes" in _written("shapes", uncalibrated, None)
    assert "is not known on this machine" in _written("planted", uncalibrated, None)


def test_effects_that_were_missed_are_counted() -> None:
    quick = reference()[0]
    calibration = quick.calibration
    assert calibration is not None
    missed = [effect.model_copy(update={"found": False}) for effect in calibration.planted]
    failed = calibration.model_copy(update={"planted": missed, "throughput": []})
    words = _written("planted", quick.model_copy(update={"calibration": failed}), None)
    assert f"and 0 of {len(missed)} found again" in words
    assert "by arithmetic" not in words
