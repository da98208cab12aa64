"""Whether a process grows: its resident memory over time, and the slope of it with an interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import psutil
from scipy.stats import theilslopes

from authbench.contracts.failure import Failure

_SETTLING = 0.25
"""The first part of the samples is left out: allocators and caches fill up before they are flat."""
_MIN_SAMPLES = 8
_S_PER_H = 3600


def resident_kib(pid: int) -> float:
    """Resident memory of a process in KiB. psutil.Error if it is gone."""
    return float(psutil.Process(pid).memory_info().rss / 1024)


@dataclass(frozen=True)
class MemoryTrend:
    """Resident memory after the settling, and its slope with the 95 % interval of Theil and Sen."""

    samples: int
    observed_s: float
    first_kib: float
    last_kib: float
    slope_kib_per_h: float
    low_kib_per_h: float
    high_kib_per_h: float

    def __str__(self) -> str:
        return (
            f"resident memory of the engine: {self.first_kib:,.0f} KiB, {self.observed_s:.0f} s later "
            f"{self.last_kib:,.0f} KiB; slope {self.slope_kib_per_h:+,.0f} KiB/hour (95 % interval "
            f"{self.low_kib_per_h:+,.0f} to {self.high_kib_per_h:+,.0f}, {self.samples} samples)"
        )


def memory_trend(elapsed_s: Sequence[float], rss_kib: Sequence[float]) -> MemoryTrend:
    """Slope over the last three quarters of the samples. Failure if they are too few to tell.

    Theil-Sen (Sen, JASA 1968): the median of the slopes between all pairs of samples, so one sample in the
    midst of something does not tilt it. The interval takes samples for independent; memory moves in steps, so
    it is too narrow rather than too wide.
    """
    first = round(len(elapsed_s) * _SETTLING)
    kept_s, kept_kib = list(elapsed_s)[first:], list(rss_kib)[first:]
    if len(kept_s) < _MIN_SAMPLES:
        raise Failure(f"only {len(kept_s)} samples of memory after settling: soak for longer")
    slope, _, low, high = theilslopes(kept_kib, kept_s, 0.95)
    return MemoryTrend(
        samples=len(kept_s),
        observed_s=kept_s[-1] - kept_s[0],
        first_kib=kept_kib[0],
        last_kib=kept_kib[-1],
        slope_kib_per_h=float(slope) * _S_PER_H,
        low_kib_per_h=float(low) * _S_PER_H,
        high_kib_per_h=float(high) * _S_PER_H,
    )
