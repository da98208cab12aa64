import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.saturation.curve import curve_of, knee_of
from authbench.contracts.saturation.report import CurvePoint
from tests.analysis.saturation.made_trials import LATE, PLACEMENT, trial


def _point(rate_rps: float, mean_ms: float | None) -> CurvePoint:
    return CurvePoint(rate_rps=rate_rps, share=0.5, mean_ms=mean_ms, p50_ms=1, p99_ms=1, application_busy=0.5)


@given(st.floats(0.05, 20))
def test_the_knee_of_a_single_queue_is_where_its_server_is_half_busy(service_ms: float) -> None:
    """M/M/1: R = S / (1 - rho), so X / R is greatest at rho = 1/2, whatever the service time."""
    shares = [number / 20 for number in range(1, 20)]
    points = [_point(share * 1e3 / service_ms, service_ms / (1 - share)) for share in shares]
    knee = knee_of(points)
    assert knee is not None
    assert knee.rate_rps == pytest.approx(0.5 * 1e3 / service_ms)
    assert not knee.at_end


def test_a_knee_at_the_end_of_what_was_measured_may_lie_beyond() -> None:
    knee = knee_of([_point(100, 1), _point(200, 1), _point(300, 1)])
    assert knee is not None
    assert knee.at_end


@given(st.lists(st.tuples(st.floats(1, 1e4), st.none() | st.floats(0.01, 1e4)), max_size=12))
def test_the_knee_is_a_measured_point_with_the_greatest_power(
    points: list[tuple[float, float | None]],
) -> None:
    knee = knee_of([_point(rate, mean) for rate, mean in points])
    known = [(rate, mean) for rate, mean in points if mean is not None]
    if len(known) < 3:
        assert knee is None
        return
    assert knee is not None
    assert (knee.rate_rps, knee.mean_ms) in known
    assert knee.rate_rps / knee.mean_ms == max(rate / mean for rate, mean in known)


def test_a_curve_has_the_valid_trials_of_its_kind_by_rate() -> None:
    trials = [
        trial(500, purpose="curve"),
        trial(100, purpose="curve", seconds=2.5),
        trial(900, purpose="curve", faults=[LATE]),
        trial(950),
    ]
    curve = curve_of(trials, 1000, PLACEMENT)
    assert [(point.rate_rps, point.share) for point in curve] == [(100, 0.1), (500, 0.5)]
    assert curve[1].application_busy == pytest.approx(0.35)
    assert curve_of(trials, None, PLACEMENT) == []
