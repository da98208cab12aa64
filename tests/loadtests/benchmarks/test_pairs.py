"""The interval of the median holds for any distribution, and each pair's order alternates."""

import math

import numpy as np
import pytest

from authbench.contracts.failure import Failure
from loadtests.benchmarks.pairs import (
    CONFIDENCE,
    PAIRS_MIN,
    Figures,
    compare_in_pairs,
    print_comparison,
    ratio_of,
)


@pytest.mark.parametrize(("pairs", "depth"), [(6, 1), (8, 1), (9, 2), (12, 3), (20, 6), (100, 40)])
def test_the_interval_is_that_of_the_tables(pairs: int, depth: int) -> None:
    """Conover 1999, table A3: the order statistics that enclose the median with 95 %."""
    found = ratio_of([float(n) for n in range(1, pairs + 1)], [1.0] * pairs)
    assert (found.low, found.high) == (depth, pairs + 1 - depth)
    assert found.median == (pairs + 1) / 2
    outside = 2 * sum(math.comb(pairs, k) for k in range(depth)) / 2**pairs
    assert outside <= 1 - CONFIDENCE < outside + 2 * math.comb(pairs, depth) / 2**pairs


def test_it_holds_the_true_median_as_often_as_it_says() -> None:
    stream = np.random.default_rng(7)
    draws = np.exp(stream.standard_exponential((4000, 20)) - math.log(2))  # the median is 1, the mean is not
    held = sum(not ratio_of(ratios.tolist(), [1.0] * 20).differs for ratios in draws)
    assert held / len(draws) >= CONFIDENCE - 0.01


def test_too_few_pairs_are_refused_before_anything_is_measured() -> None:
    def never(_: int) -> Figures:
        raise AssertionError

    with pytest.raises(Failure, match=f"5 pairs have no interval: measure {PAIRS_MIN} or more"):
        compare_in_pairs(never, never, 5)


def test_pairs_alternate_and_are_compared_within_each(capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[tuple[str, int]] = []

    def one(pair: int) -> Figures:
        asked.append(("one", pair))
        return {"cpu_us": 2.0 * (1 + pair), "same": 3.0}

    def other(pair: int) -> Figures:
        asked.append(("other", pair))
        return {"cpu_us": 1.0 + pair, "same": 3.0}

    found = compare_in_pairs(one, other, 6)
    assert asked[:4] == [("one", 0), ("other", 0), ("other", 1), ("one", 1)]
    assert found["cpu_us"]["ratio"] == {"median": 2, "low": 2, "high": 2}
    assert found["cpu_us"]["differs"]
    assert not found["same"]["differs"]
    print_comparison("with", "without", found)
    head, first, second = capsys.readouterr().out.splitlines()
    assert "95% interval" in head
    assert first.endswith("differs")
    assert second.endswith("no difference seen")
