"""What an arm served and what processors it used at each offered rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.data.run import RunData
from authbench.contracts.records import SliceRecord


@dataclass(frozen=True)
class Point:
    """One arm at one rate in one generation, its valid slices pooled."""

    offered_rps: float
    achieved_rps: float
    """User requests served a second."""
    cores: Mapping[str, float]
    """CPU-seconds a second by part; hashing passwords is not in them. NaN: not readable."""


def points(run: RunData, arm: str) -> dict[int, list[Point]]:
    """By generation: a point for each offered rate, rising; the main rate is one of them."""
    grouped: dict[int, dict[float, list[SliceRecord]]] = {}
    for judged in run.records:
        record = judged.measured
        purposes = ("own-rate",) if arm in run.manifest.own_arms else ("main", "ladder")
        if record.arm != arm or record.purpose not in purposes:
            continue
        if not judged.void_because and record.user_completed and record.window_ns > 0:
            rates = grouped.setdefault(record.generation, {})
            rates.setdefault(record.offered_rate_rps, []).append(record)
    has_store = arm in run.may_store
    return {
        generation: [_point(rate, records, has_store) for rate, records in sorted(rates.items())]
        for generation, rates in sorted(grouped.items())
    }


def _point(rate: float, records: Sequence[SliceRecord], has_store: bool) -> Point:
    window_ns = sum(record.window_ns for record in records)
    known = [
        record.app_cpu_ns - record.password_cpu_ns for record in records if record.app_cpu_ns is not None
    ]
    readable = [record.store_cpu_ns for record in records if record.store_cpu_ns is not None]
    store = sum(readable) / window_ns if len(readable) == len(records) else float("nan")
    app = sum(known) / window_ns if len(known) == len(records) else float("nan")
    total = app if not has_store and np.isnan(store) else app + store
    achieved = sum(record.served for record in records) * 1e9 / window_ns
    return Point(rate, achieved, {"total": total, "app": app, "store": store})
