"""The latency-throughput curve of a scheme, and its knee."""

from collections.abc import Sequence

from analysis.data.saturation import pool
from authbench.contracts.records import Placement
from authbench.contracts.saturation.report import CurvePoint, Knee
from authbench.contracts.saturation.trial import Trial

_NS_PER_S = 1e9
_LEAST_POINTS = 3


def curve_of(
    trials: Sequence[Trial], bound_rps: float | None, placement: Placement, workers: int = 1
) -> list[CurvePoint]:
    """Points of one scheme's valid curve trials, by rate. The bound is its highest lower bound."""
    points = []
    for trial in trials:
        found = pool([trial.record], placement, workers)
        if trial.purpose != "curve" or trial.faults or not bound_rps or found is None:
            continue
        points.append(
            CurvePoint(
                rate_rps=trial.record.completed * _NS_PER_S / max(trial.record.window_ns, 1),
                share=trial.rate_rps / bound_rps,
                mean_ms=trial.mean_ms,
                p50_ms=trial.p50_ms,
                p99_ms=trial.p99_ms,
                application_busy=found.app_busy,
            )
        )
    return sorted(points, key=lambda point: point.share)


def knee_of(points: Sequence[CurvePoint]) -> Knee | None:
    """The rate with the greatest power, throughput / mean response time; None for fewer than three points.

    Beyond it, response time grows faster than throughput does (Kleinrock, "Power and deterministic rules of
    thumb", ICC 1979): in an M/M/1 queue it is where the server is half busy.
    """
    power = [
        (point.rate_rps / point.mean_ms, number)
        for number, point in enumerate(points)
        if point.mean_ms is not None and point.mean_ms > 0
    ]
    if len(power) < _LEAST_POINTS:
        return None
    _, best = max(power)
    point = points[best]
    assert point.mean_ms is not None  # noqa: S101 - those without have no power
    return Knee(rate_rps=point.rate_rps, mean_ms=point.mean_ms, at_end=best in (power[0][1], power[-1][1]))
