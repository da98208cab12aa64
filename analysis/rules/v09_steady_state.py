import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.statistics.intervals import nested_interval
from analysis.validity.limits import DRIFT, TRUNCATION, TRUNCATION_CYCLES
from authbench.contracts.records import Outcome

_LEFT = 5
"""Values that truncation must leave: the variance of fewer is small by luck (White, Cobb & Spratt 2000)."""
_REQUESTS = 20
"""In each half, for its median to be used."""


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


class SteadyState(RunRule):
    """V09 refuses an arm's latency where the median changes by more than 10% from a generation's first half
    to its second, grows so inside slices, or where cutting off a transient (MSER) leaves less than half of a
    generation.

    A slice of 0.25 s is too short to be judged alone, so everything is pooled per arm over the run.
    """

    code = "V09"
    lie = "we measured a steady state"
    limits = (DRIFT, TRUNCATION, TRUNCATION_CYCLES)
    unit = "ratio - 1"
    advice = (
        "look for what fills, leaks or warms up in the server; a longer warm-up helps only the last of them"
    )

    def check_run(self, run: RunData) -> Findings:
        """Every arm of an open loop; the first offence of each. A closed loop has no latency to refuse."""
        if run.manifest.workload.loop == "closed":
            return
        codes = [operation.code for operation in run.user_operations]
        for arm in run.arms:
            rows = run.rows.of_arm(arm)
            chosen = rows[(rows["outcome"] == int(Outcome.ACCEPTED)) & rows["operation"].isin(codes)]
            own = chosen[["generation", "cycle", "due_ns"]]
            own = own.assign(service_ns=chosen["done_ns"] - chosen["sent_ns"])
            own = own[own["service_ns"] > 0]
            if own.empty:  # nothing was accepted: other rules say so
                continue
            series = _series(own)
            later = own["due_ns"] >= run.manifest.experiment.slice_s * 1e9 / 2
            enough = len(series) >= TRUNCATION_CYCLES.value
            found = [
                *(self.check_truncation(arm, truncate(series)) if enough else ()),
                *self.check_halves(arm, _halves(own)),
                *self.check_queue(arm, _log_ratio(own, later)),
            ]
            yield from found[:1]

    def check_truncation(self, arm: str, found: Truncation) -> Findings:
        """Cutting off the beginning leaves more than half of a generation, or changes the mean by less than a
        tenth, which is noise.
        """
        limit = TRUNCATION.value * found.count
        if found.cut >= limit and abs(found.step) > math.log1p(DRIFT.value):
            sentence = (
                f"service times are steady from cycle {found.cut} of {found.count} on only, and "
                f"{math.expm1(found.step):+.0%} from what they were before"
            )
            yield self.finding(
                "refuse-figure", arm, sentence, found.cut, limit, unit="cycles", refuses="latency"
            )

    def check_halves(self, arm: str, logs: list[float]) -> Findings:
        """The p50 moves by at most 10 % from a generation's first half to its second.

        `logs`: ln(second / first) of each generation. Where several generations disagree so much that their
        mean might be 0 (95 % interval), it is noise and no drift.
        """
        if not logs:
            return
        interval = nested_interval({number: [value] for number, value in enumerate(logs)})
        by_chance = len(logs) > 1 and interval.contains(0.0)
        if not by_chance and abs(interval.estimate) > math.log1p(DRIFT.value):
            drift = math.expm1(interval.estimate)
            changes = f"the median service time changes by {drift:+.0%}"
            sentence = f"{changes} from a generation's first half to its second"
            limit = math.copysign(DRIFT.value, drift)
            yield self.finding("refuse-figure", arm, sentence, drift, limit, refuses="latency")

    def check_queue(self, arm: str, log: float | None) -> Findings:
        """Requests due in the second half of the slices are served as fast as those due in the first.

        `log`: ln(p50 of the second halves / p50 of the first); a queue that grows makes it positive (Little).
        """
        if log is not None and log > math.log1p(DRIFT.value):
            growth = math.expm1(log)
            sentence = (
                f"the median service time grows by {growth:.0%} "
                "from the first half of a slice to the second: requests pile up"
            )
            yield self.finding("refuse-figure", arm, sentence, growth, DRIFT.value, refuses="latency")


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
