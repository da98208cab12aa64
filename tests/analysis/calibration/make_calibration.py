"""A calibration as it is stored."""

from analysis.records.calibration import CalibrationSummary, Detectable, IdenticalArms, PlantedEffect
from analysis.records.summary import METRICS
from analysis.statistics.estimate import Estimate


def make_calibration(
    cpu_us: float | None = 4.0, latency_ms: float | None = 0.02, reasons: list[str] | None = None
) -> CalibrationSummary:
    """Of the machine of `build_run`; a visible difference of None is a planted effect that was not seen."""
    return CalibrationSummary(
        host="h1",
        run_id="20261120T090000Z-calibrate-abc123",
        measured_at="2026-11-20T09:05:00+00:00",
        authbench_version="0.1.0",
        seconds=270.0,
        rate_rps=700.0,
        passed=not reasons,
        reasons=reasons or [],
        planted=[
            PlantedEffect(
                arm="cpu +25 us",
                kind="cpu",
                planted=25.0,
                recovered=Estimate(value=26.0, low=22.0, high=30.0),
                found=cpu_us is not None,
                seen=cpu_us is not None,
            ),
            PlantedEffect(
                arm="delay 1 ms",
                kind="delay",
                planted=1.0,
                recovered=Estimate(value=1.004, low=0.98, high=1.03),
                found=latency_ms is not None,
                seen=latency_ms is not None,
            ),
        ],
        identical=[
            IdenticalArms(
                metric="cpu_total_us", difference=Estimate(value=0.5, low=-3.0, high=4.0), verdict=False
            ),
            IdenticalArms(
                metric="service_p50_ms", difference=Estimate(value=0.0, low=-0.02, high=0.02), verdict=False
            ),
        ],
        floor_ms={"p50": Estimate(value=0.066), "p99": Estimate(value=0.21)},
        ceiling_rps=Estimate(value=50_000.0, low=48_000.0, high=52_000.0),
        lateness_ms={"p50": Estimate(value=0.031), "p99": Estimate(value=0.4)},
        detectable=[Detectable(minutes=5.0, cpu_us=5.0, latency_ms=0.03)],
        visible={
            metric: cpu_us if metric.startswith("cpu") else latency_ms
            for metric in METRICS
            if metric != "throughput_rps"
        },
    )
