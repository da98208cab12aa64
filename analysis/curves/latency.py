"""The whole distribution of an arm's times as a curve: what a single percentile leaves out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.statistics.percentiles import percentile_of_sorted
from analysis.summary.judged_run import JudgedRun

SHARES = (*np.round(np.arange(0.01, 1.0, 0.01), 2).tolist(), 0.995, 0.999)
"""Quantiles drawn; the curve ends before those with too few requests beyond them (V16)."""


@dataclass(frozen=True)
class CurvePoint:
    """One quantile of one arm's users' requests, all slices pooled."""

    arm: str
    kind: Literal["service", "response"]
    share: float
    milliseconds: float


def latency_curves(run: JudgedRun) -> list[CurvePoint]:
    """Service and response times of every arm. One that a rule objects to is drawn as well.

    A closed loop has none: its server slows its own load, so its times are nobody's.
    """
    if not run.data.whole or run.data.manifest.workload.loop == "closed":
        return []
    return [point for arm in run.data.arms for point in _of_arm(run, arm)]


def _of_arm(run: JudgedRun, arm: str) -> Iterator[CurvePoint]:
    kinds: tuple[Literal["service", "response"], ...] = ("service", "response")
    for kind in kinds:
        values = np.sort(run.data.service_ms(arm) if kind == "service" else run.data.response_ms(arm))
        for share in SHARES:
            found = percentile_of_sorted(values, share)
            if found.value is not None:
                yield CurvePoint(arm, kind, share, found.value)
