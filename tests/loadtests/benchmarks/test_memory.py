import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authbench.contracts.failure import Failure
from loadtests.benchmarks.memory import memory_trend, resident_kib


@given(st.floats(-100, 100), st.integers(12, 60), st.floats(1e3, 1e6))
def test_a_straight_line_has_its_own_slope(kib_per_s: float, count: int, start_kib: float) -> None:
    elapsed_s = [float(number) for number in range(count)]
    trend = memory_trend(elapsed_s, [start_kib + kib_per_s * at for at in elapsed_s])
    assert trend.slope_kib_per_h == pytest.approx(kib_per_s * 3600, abs=1)
    assert trend.low_kib_per_h <= trend.slope_kib_per_h + 1
    assert trend.high_kib_per_h >= trend.slope_kib_per_h - 1


def test_growth_while_settling_is_left_out_and_one_odd_sample_does_not_tilt_it() -> None:
    rss_kib = [1000.0 + 100 * min(number, 9) for number in range(40)]
    rss_kib[25] = 9_999.0
    trend = memory_trend([5.0 * number for number in range(40)], rss_kib)
    assert (trend.slope_kib_per_h, trend.samples, trend.first_kib) == (0, 30, 1900)
    assert "slope +0 KiB/hour" in str(trend)


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(Failure, match="soak for longer"):
        memory_trend([1.0] * 9, [1.0] * 9)


def test_this_process_has_memory() -> None:
    assert resident_kib(os.getpid()) > 1000
