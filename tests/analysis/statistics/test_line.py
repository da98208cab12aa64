"""The line through readings, against scipy's own interval and against a simulation."""

import numpy as np
import pytest
from scipy import stats

from analysis.statistics.line import line_through


def test_the_slope_has_the_interval_of_the_textbook() -> None:
    x, y = [0, 10, 20, 40, 80], [5.0, 24.0, 46.0, 86.0, 164.0]
    line, known = line_through(x, y), stats.linregress(x, y)
    assert line is not None
    found, half = line.slope_estimate, stats.t.ppf(0.975, 3) * known.stderr
    assert found.value == pytest.approx(known.slope)
    assert (found.low, found.high) == pytest.approx((known.slope - half, known.slope + half))
    assert line.start == pytest.approx(known.intercept)


def test_points_on_a_line_are_predicted_without_doubt() -> None:
    line = line_through([0, 1, 2], [7, 10, 13])
    assert line is not None
    assert line.predict(100) == pytest.approx((307, 307, 307))


def test_a_prediction_holds_nineteen_of_twenty_readings() -> None:
    chance, inside = np.random.default_rng(1), 0
    x = [0.0, 1, 2, 3, 4, 5, 6, 7]
    for _ in range(500):
        y = [3 + 2 * each + noise for each, noise in zip(x, chance.normal(0, 1, 8), strict=True)]
        line = line_through(x, y)
        assert line is not None
        _, low, high = line.predict(14)
        inside += low <= 3 + 2 * 14 + chance.normal(0, 1) <= high
    assert 455 <= inside <= 490


def test_two_points_say_nothing_of_what_they_are_off() -> None:
    assert line_through([0, 1], [1, 2]) is None
    assert line_through([5, 5, 5], [1, 2, 3]) is None
    assert line_through([1, 2, 3], [1, 2]) is None
