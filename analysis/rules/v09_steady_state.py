"""V09, against the lie 'we measured a steady state': nothing moves over a generation, nor inside slices.

A slice of 0.25 s is too short to be judged alone, so everything is pooled per arm over the run.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.data.run import RunData
from analysis.statistics.intervals import nested_interval
from analysis.validity.finding import Finding
from analysis.validity.limits import DRIFT, TRUNCATION, TRUNCATION_CYCLES
from authbench.contracts.records import Outcome

_LEFT = 5
"""Values that truncation must leave: the variance of fewer is small by luck (White, Cobb & Spratt 2000)."""
_REQUESTS = 20
"""In each half, for its median to be used."""
_ADVICE = "look for what fills, leaks or warms up in the server; a longer warm-up helps only the last of them"


@dataclass(frozen=True)
class Truncation:
    """Where a series becomes steady."""

    cut: int
    """Values to leave out at its beginning."""
    count: int
    step: float
    """Mean of what is left minus mean of what was cut; 0 if nothing was."""


def truncate(series: npt.NDArray[np.float64]) -> Truncation:
    """MSER: the cut d that minimises sum((Y_i - mean(Y_d...))^2 over i >= d) / (n - d)^2.

    White, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69(6),
    1997. MSER-5 takes means of five observations as Y; here Y is the mean of one slice, which pools more.
    ValueError if there are not more than five values.
    """
    count = len(series)
    if count <= _LEFT:
        raise ValueError(f"{count} values cannot be truncated: {_LEFT} must be left")
    errors = [
        float(((series[cut:] - series[cut:].mean()) ** 2).sum()) / (count - cut) ** 2
        for cut in range(count - _LEFT + 1)
    ]
    cut = int(np.argmin(errors))
    step = float(series[cut:].mean() - series[:cut].mean()) if cut else 0.0
    return Truncation(cut, count, step)


def check_truncation(arm: str, found: Truncation) -> Finding | None:
    """Cutting off the beginning leaves more than half of a generation. Refuses the arm's latency otherwise.

    A cut in the second half that changes the mean by less than a tenth is the noise's, and passes.
    """
    if found.cut < TRUNCATION.value * found.count or abs(found.step) <= math.log1p(DRIFT.value):
        return None
    return _refuse(
        arm,
        found.cut,
        TRUNCATION.value * found.count,
        "cycles",
        f"service times are steady from cycle {found.cut} of {found.count} on only, and "
        f"{math.expm1(found.step):+.0%} from what they were before",
    )


def check_halves(arm: str, logs: list[float]) -> Finding | None:
    """The p50 moves by at most 10 % from a generation's first half to its second. Refuses latency otherwise.

    `logs`: ln(second / first) of each generation. Where several generations disagree so much that their mean
    might be 0 (95 % interval), it is noise and no drift.
    """
    if not logs:
        return None
    interval = nested_interval({number: [value] for number, value in enumerate(logs)})
    by_chance = len(logs) > 1 and interval.contains(0.0)
    if by_chance or abs(interval.estimate) <= math.log1p(DRIFT.value):
        return None
    drift = math.expm1(interval.estimate)
    sentence = f"the median service time changes by {drift:+.0%} from a generation's first half to its second"
    return _refuse(arm, drift, math.copysign(DRIFT.value, drift), "ratio - 1", sentence)


def check_queue(arm: str, log: float | None) -> Finding | None:
    """Requests due in the second half of the slices are served as fast as the first. Refuses latency if not.

    `log`: ln(p50 of the second halves / p50 of the first). At a constant rate requests in flight are the
    rate times their time inside (Little), so a queue that grows shows here. Getting faster is no queue.
    """
    if log is None or log <= math.log1p(DRIFT.value):
        return None
    growth = math.expm1(log)
    sentence = (
        f"the median service time grows by {growth:.0%} from the first half of a slice to the second: "
        "requests pile up"
    )
    return _refuse(arm, growth, DRIFT.value, "ratio - 1", sentence)


def _refuse(arm: str, number: float, limit: float, unit: str, sentence: str) -> Finding:
    return Finding(
        rule="V09",
        severity="refuse-figure",
        subject=arm,
        number=number,
        limit=limit,
        unit=unit,
        sentence=sentence,
        next_action=_ADVICE,
        refuses="latency",
    )


def check_run(run: RunData) -> list[Finding]:
    """Every arm of an open loop; a closed one slows its own load down, and has no latency to refuse."""
    if run.manifest.workload.loop == "closed":
        return []
    codes = [operation.code for operation in run.user_operations]
    findings = []
    for arm in run.arms:
        rows = run.rows.of_arm(arm)
        chosen = rows[(rows["outcome"] == int(Outcome.ACCEPTED)) & rows["operation"].isin(codes)]
        own = chosen[["generation", "cycle", "due_ns"]].assign(
            service_ns=chosen["done_ns"] - chosen["sent_ns"]
        )
        own = own[own["service_ns"] > 0]
        if own.empty:  # nothing was accepted: other rules say so
            continue
        series = _series(own)
        later = own["due_ns"] >= run.manifest.experiment.slice_s * 1e9 / 2
        found = [
            check_truncation(arm, truncate(series)) if len(series) >= TRUNCATION_CYCLES.value else None,
            check_halves(arm, _halves(own)),
            check_queue(arm, _log_ratio(own, later)),
        ]
        findings += [finding for finding in found if finding][:1]
    return findings


def _series(rows: pd.DataFrame) -> npt.NDArray[np.float64]:
    """By cycle: ln of the slice's mean service time, averaged over the generations that all have it.

    Averaging replications before looking for the transient is Welch's way (1983).
    """
    means = rows.groupby(["cycle", "generation"])["service_ns"].mean().unstack("generation")
    logs: npt.NDArray[np.float64] = np.log(means.dropna().to_numpy(dtype=float)).mean(axis=1)
    return logs


def _halves(rows: pd.DataFrame) -> list[float]:
    """By generation: ln(p50 of its last cycles / p50 of its first); an odd number's middle one is out."""
    logs = []
    for _, own in rows.groupby("generation"):
        cycles = np.unique(own["cycle"].to_numpy())
        half = len(cycles) // 2
        if half == 0:
            continue
        edges = own[~own["cycle"].isin(cycles[half : len(cycles) - half])]
        log = _log_ratio(edges, edges["cycle"] >= cycles[len(cycles) - half])
        logs += [] if log is None else [log]
    return logs


def _log_ratio(rows: pd.DataFrame, later: "pd.Series[bool]") -> float | None:
    """ln(p50 of the later rows / p50 of the others); None with too few of either."""
    second, first = (rows.loc[which, "service_ns"].to_numpy(dtype=float) for which in (later, ~later))
    if min(len(first), len(second)) < _REQUESTS:
        return None
    return math.log(float(np.median(second)) / float(np.median(first)))
