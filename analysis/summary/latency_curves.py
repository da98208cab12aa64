"""The whole distribution of an arm's times as a curve: what a single percentile leaves out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.comparison.arms import refused
from analysis.data.run import RunData
from analysis.statistics.percentiles import percentile_of_sorted
from analysis.validity.finding import Figures, Finding

SHARES = (*np.round(np.arange(0.01, 1.0, 0.01), 2).tolist(), 0.995, 0.999)
"""Quantiles drawn; those with too few requests beyond them end the curve early (V16)."""


@dataclass(frozen=True)
class CurvePoint:
    """One quantile of one arm's users' requests, all slices pooled."""

    arm: str
    kind: Literal["service", "response"]
    share: float
    milliseconds: float


def latency_curves(run: RunData, findings: Sequence[Finding]) -> list[CurvePoint]:
    """Service and response times of every arm whose latency no rule refuses."""
    return [point for arm in run.arms for point in _of_arm(run, arm, findings)]


def _of_arm(run: RunData, arm: str, findings: Sequence[Finding]) -> Iterator[CurvePoint]:
    kinds: tuple[tuple[Literal["service", "response"], Figures], ...] = (
        ("service", "latency"),
        ("response", "response"),
    )
    for kind, figures in kinds:
        if refused(findings, figures, [arm]):
            continue
        values = np.sort(run.service_ms(arm) if kind == "service" else run.response_ms(arm))
        for share in SHARES:
            found = percentile_of_sorted(values, share)
            if found.value is not None:
                yield CurvePoint(arm, kind, share, found.value)
