import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.statistics.intervals import nested_interval
from analysis.validity.finding import Finding, Severity
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


class Halves(NamedTuple):
    """A median before and after, in one unit."""

    first: float
    second: float

    @property
    def log(self) -> float:
        """The drift as ln(second half / first half): 0 is none."""
        return math.log(self.second / self.first)


def beyond(own: Halves, control: Halves) -> float:
    """Ln of what an arm changed beyond what the control's change in the same cycles explains; 0 within it.

    What all arms share multiplies times (a slower processor) or adds to them (one more wait), so the control
    explains everything from first * c2 / c1 to first + c2 - c1.
    """
    multiplied = own.first * control.second / control.first
    added = own.first + control.second - control.first
    low, high = sorted((multiplied, added if added > 0 else multiplied))
    return math.log(own.second / min(max(own.second, low), high))


class Drift(NamedTuple):
    """What one test says of one arm. Logarithms of ratios; None: no more than the limit, or chance."""

    own: float | None
    beyond: float | None
    """What the control in the same cycles does not explain."""
    change: float
    """The arm's change, whether it matters or not."""
    words: str
    """'changes by +50% from a generation's first half to its second'."""


Drifts = Mapping[str, Drift]
"""The drift of each arm, by its label."""
Rows = Mapping[str, pd.DataFrame]
"""By arm: generation, cycle, due_ns and service_ns of its accepted requests."""


class SteadyState(RunRule):
    """V09 refuses to compare the latency of an arm that drifts where the control does not in the same cycles:
    its median changes by more than 10% from a generation's first half to its second, grows so inside slices,
    or cutting off a transient (MSER) leaves less than half of a generation. Marks every latency where arms
    drift together.

    A drift that all arms share is the machine's, or a leak in what they share: figures are of no steady
    state, and all arms of a cycle had the same of it. A slice of 0.25 s is too short to be judged alone, so
    everything is pooled per arm over the run.
    """

    code = "V09"
    lie = "we measured a steady state"
    limits = (DRIFT, TRUNCATION, TRUNCATION_CYCLES)
    unit = "ratio - 1"
    advice = (
        "look for what fills, leaks or warms up in the server; a longer warm-up helps only the last of them"
    )

    def check_run(self, run: RunData) -> Findings:
        """Every arm of an open loop; the gravest offence of each. A closed loop has no latency to refuse."""
        control = run.manifest.experiment.control
        rows = {arm: _accepted(run, arm) for arm in run.arms}
        rows = {arm: own for arm, own in rows.items() if not own.empty}
        if run.manifest.workload.loop == "closed" or control not in rows:
            return  # where nothing of the control was accepted, other rules say so
        middle_ns = run.manifest.experiment.slice_s * 1e9 / 2
        tests = (truncations(rows, control), halves(rows, control), queues(rows, control, middle_ns))
        findings = [finding for drifts in tests for finding in self.check_drifts(drifts, control)]
        told: set[str] = set()
        for finding in sorted(findings, key=lambda one: one.severity != "refuse-figure"):
            if finding.subject not in told:
                told.add(finding.subject)
                yield finding

    def check_drifts(self, drifts: Drifts, control: str) -> Findings:
        """Say of each arm that drifts whether it does so alone.

        Where the control drifts and most others do not, the control does so alone, and each of the others is
        judged by itself.
        """
        if control not in drifts:
            return
        drifting = {arm for arm, drift in drifts.items() if drift.own is not None}
        others = [arm for arm in drifts if arm != control]
        up = drifts[control].change > 0
        alike = [arm for arm in others if arm in drifting and (drifts[arm].change > 0) == up]
        control_alone = control in drifting and len(alike) < len(others) / 2
        alone = [control] if control_alone else []
        for arm in others:
            apart = drifts[arm].beyond is not None and (arm in drifting or control in drifting)
            alone += [arm] if (arm in drifting if control_alone else apart) else []
        for arm in alone:
            if arm == control:
                beside = f"that of {len(others) - len(alike)} of {len(others)} other arms does not"
            else:
                beside = f"the control's by {math.expm1(drifts[control].change):+.0%}"
            sentence = (
                f"its median service time {drifts[arm].words}, in the same cycles {beside}: "
                "this arm itself fills, leaks or warms up"
            )
            yield self._drift("refuse-figure", arm, sentence, drifts[arm].change)
        together = [arm for arm in drifts if arm in drifting and arm not in alone]
        if control in together:
            sentence = (
                f"the median service time of {len(together)} of {len(drifts)} arms changes together, and the "
                f"control's {drifts[control].words}: the machine drifts, or what all arms share fills, leaks "
                "or warms up"
            )
            yield self._drift("mark", "the run", sentence, drifts[control].change)
            return
        for arm in together:
            sentence = (
                f"its median service time {drifts[arm].words}, which is not clearly more than the control's "
                "in the same cycles"
            )
            yield self._drift("mark", arm, sentence, drifts[arm].change)

    def _drift(self, severity: Severity, about: str, sentence: str, log: float) -> Finding:
        number = math.expm1(log)
        limit = math.copysign(DRIFT.value, number)
        return self.finding(severity, about, sentence, number, limit, refuses="latency")


def truncations(rows: Rows, control: str) -> Drifts:
    """Cutting off the beginning leaves more than half of a generation, or changes the mean by less than a
    tenth, which is noise. Asked from ten cycles on.
    """
    series = {arm: _series(own) for arm, own in rows.items()}
    reference = series[control]
    found = {}
    for arm, own in series.items():
        both = own.index.intersection(reference.index)
        if len(own) < TRUNCATION_CYCLES.value or len(both) < TRUNCATION_CYCLES.value:
            continue
        cut = truncate(np.log(own.to_numpy()))
        means = own[both].mean(), reference[both].mean()
        logs = [
            beyond(Halves(means[0], one), Halves(means[1], other))
            for one, other in zip(own[both], reference[both], strict=True)
        ]
        words = (
            f"is steady from cycle {cut.cut} of {cut.count} on only, "
            f"{math.expm1(cut.step):+.0%} from what it was before"
        )
        found[arm] = Drift(_unsteady(cut), _unsteady(truncate(np.array(logs))), cut.step, words)
    return found


def halves(rows: Rows, control: str) -> Drifts:
    """The p50 moves by at most 10 % from a generation's first half to its second."""
    medians = {arm: _halves(own) for arm, own in rows.items()}
    found = {}
    for arm, own in medians.items():
        logs = [one.log for one in own.values()]
        apart = [
            beyond(one, medians[control][generation])
            for generation, one in own.items()
            if generation in medians[control]
        ]
        if logs:
            change = float(np.mean(logs))
            words = f"changes by {math.expm1(change):+.0%} from a generation's first half to its second"
            found[arm] = Drift(drift_of(logs), drift_of(apart), change, words)
    return found


def queues(rows: Rows, control: str, middle_ns: float) -> Drifts:
    """Requests due in the second half of the slices are served as fast as those due in the first.

    A queue that grows makes them slower (Little); slices that begin slowly are no offence.
    """
    medians = {arm: _medians(own, own["due_ns"] >= middle_ns) for arm, own in rows.items()}
    reference = medians[control]
    found = {}
    for arm, own in medians.items():
        if own and reference:
            limit, apart = math.log1p(DRIFT.value), beyond(own, reference)
            words = f"changes by {math.expm1(own.log):+.0%} from the first half of a slice to the second"
            grows, alone = own.log if own.log > limit else None, apart if apart > limit else None
            found[arm] = Drift(grows, alone, own.log, words)
    return found


def drift_of(logs: Sequence[float]) -> float | None:
    """Mean of ln(second / first) of the generations; None where it is less than 10 %, or chance.

    Where several generations disagree so much that their mean might be 0 (95 % interval), it is chance.
    """
    if not logs:
        return None
    interval = nested_interval({number: [value] for number, value in enumerate(logs)})
    by_chance = len(logs) > 1 and interval.contains(0.0)
    return None if by_chance or abs(interval.estimate) <= math.log1p(DRIFT.value) else interval.estimate


def _unsteady(found: Truncation) -> float | None:
    late = found.cut >= TRUNCATION.value * found.count
    return found.step if late and abs(found.step) > math.log1p(DRIFT.value) else None


def _accepted(run: RunData, arm: str) -> pd.DataFrame:
    codes = [operation.code for operation in run.user_operations]
    rows = run.rows.of_arm(arm)
    chosen = rows[(rows["outcome"] == int(Outcome.ACCEPTED)) & rows["operation"].isin(codes)]
    own = chosen[["generation", "cycle", "due_ns"]]
    own = own.assign(service_ns=chosen["done_ns"] - chosen["sent_ns"])
    return own[own["service_ns"] > 0]


def _series(rows: pd.DataFrame) -> "pd.Series[float]":
    """By cycle: the slice's mean service time, geometric mean over the generations that all have it.

    Averaging replications before looking for the transient is Welch's way (1983).
    """
    means = rows.groupby(["cycle", "generation"])["service_ns"].mean().unstack("generation").dropna()
    logs = np.log(means.to_numpy(dtype=float)).mean(axis=1)
    return pd.Series(np.exp(logs), index=means.index)


def _halves(rows: pd.DataFrame) -> dict[int, Halves]:
    """By generation: p50 of its first cycles and of its last; an odd number's middle one is out."""
    found = {}
    for generation, own in rows.groupby("generation"):
        cycles = np.unique(own["cycle"].to_numpy())
        half = len(cycles) // 2
        if half == 0:
            continue
        edges = own[~own["cycle"].isin(cycles[half : len(cycles) - half])]
        if medians := _medians(edges, edges["cycle"] >= cycles[len(cycles) - half]):
            found[int(str(generation))] = medians
    return found


def _medians(rows: pd.DataFrame, later: "pd.Series[bool]") -> Halves | None:
    """p50 of the other rows and of the later ones, ns; None with too few of either."""
    second, first = (rows.loc[which, "service_ns"].to_numpy(dtype=float) for which in (later, ~later))
    if min(len(first), len(second)) < _REQUESTS:
        return None
    return Halves(float(np.median(first)), float(np.median(second)))
