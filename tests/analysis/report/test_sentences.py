from typing import Any

import pytest

from analysis.records.summary import Comparison, SensitivitySummary
from analysis.report.sentences import comparison_sentence, sensitivity_sentence, verdict_words
from analysis.statistics.estimate import Estimate


def _comparison(**changes: Any) -> Comparison:
    values = {
        "a": "A",
        "b": "B",
        "metric": "cpu_total_us",
        "primary": True,
        "ratio": 0.9,
        "low": 0.88,
        "high": 0.92,
        "difference": -70.4,
        "difference_low": -80.0,
        "difference_high": -60.0,
        "noise_floor": 0.03,
        "minimal_detectable_effect": 0.04,
        "verdict": "faster",
    }
    return Comparison(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "sentence", "words"),
    [
        (
            {},
            "A costs 10% less CPU per request than B "
            "(ratio 0.90, 95% interval 0.88 to 0.92; -70 us [-80, -60]).",
            "costs 10% less",
        ),
        (
            {"metric": "throughput_rps", "verdict": "slower"},
            "A serves 10% fewer requests/s than B "
            "(ratio 0.90, 95% interval 0.88 to 0.92; -70 requests/s [-80, -60]).",
            "serves 10% fewer",
        ),
        (
            {"metric": "throughput_rps", "verdict": "faster", "ratio": 1.1},
            "A serves 10% more requests/s than B "
            "(ratio 1.10, 95% interval 0.88 to 0.92; -70 requests/s [-80, -60]).",
            "serves 10% more",
        ),
        (
            {"verdict": "equivalent", "ratio": 1.0, "low": 0.99, "high": 1.01},
            "A and B are equivalent in CPU per request: within 5% of each other "
            "(ratio 1.00, 95% interval 0.99 to 1.01).",
            "same within 5%",
        ),
        (
            {"verdict": "below-noise-floor", "ratio": 1.02, "low": 1.01, "high": 1.03},
            "A and B cannot be told apart in CPU per request: the interval excludes 1 "
            "(ratio 1.02, 95% interval 1.01 to 1.03), but identical arms differ by up to 3.0% here.",
            "below noise floor",
        ),
        (
            {"verdict": "below-noise-floor", "ratio": 0.94, "low": 0.89, "high": 0.9996},
            "A and B cannot be told apart in CPU per request: the interval excludes 1 "
            "(ratio 0.94, 95% interval 0.89 to 0.9996), but identical arms differ by up to 3.0% here.",
            "below noise floor",
        ),
        (
            {"verdict": "inconclusive", "ratio": 1.02, "low": 0.9, "high": None},
            "This run cannot tell A and B apart in CPU per request, nor that they are the same (ratio 1.02, "
            "95% interval 0.90 to ?; a true 4% would be found in 4 of 5 such runs; identical arms differ by "
            "up to 3.0%).",
            "inconclusive",
        ),
        (
            {"verdict": "inconclusive", "ratio": None, "refused_because": "the run is INVALID"},
            "A against B, CPU per request: no figure, because the run is INVALID.",
            "no figure",
        ),
        (
            {"metric": "service_p99_ms", "verdict": "slower", "ratio": 1.2, "difference": 0.256},
            "A has 20% more service time p99 than B (ratio 1.20, 95% interval 0.88 to 0.92; "
            "+0.26 ms [-80.00, -60.00]).",
            "20% slower",
        ),
    ],
)
def test_each_verdict_has_its_words(changes: dict[str, Any], sentence: str, words: str) -> None:
    comparison = _comparison(**changes)
    assert comparison_sentence(comparison, 0.05) == sentence
    assert verdict_words(comparison, 0.05) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.6, "30 us [20, 40] are its library's, that is 60% of it: L does"), (None, "its library's: L does")],
)
def test_the_librarys_share_is_told_where_there_is_a_tax(share: float | None, words: str) -> None:
    pair = SensitivitySummary(
        full="F",
        lean="L",
        metric="cpu_total_us",
        ratio=_comparison(a="F", b="L", ratio=1.3, low=1.2, high=1.4),
        tax_us=Estimate(value=50, low=40, high=60),
        library_us=Estimate(value=30, low=20, high=40),
        share_of_tax=share,
    )
    assert words in sensitivity_sentence(pair)
    refused = pair.model_copy(update={"ratio": _comparison(ratio=None, refused_because="the run is INVALID")})
    assert sensitivity_sentence(refused) == "F against L: no figure, because the run is INVALID."
