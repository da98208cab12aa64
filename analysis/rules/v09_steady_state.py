import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.statistics.intervals import nested_interval
from analysis.validity.finding import Finding, Severity
from analysis.validity.limits import DRIFT, TRUNCATION, TRUNCATION_CYCLES
from authbench.contracts.records import Outcome
from authbench.words.counting import counted

_LEFT = 5
"""Values that truncation must leave: the variance of fewer is small by luck (White, Cobb & Spratt 2000)."""
_CONFIDENCE = 0.99
"""That a drift is none of chance: every arm is asked three times, and none of them may be accused wrongly."""
_CONFIDENCE_OF_TWO = 0.95
"""Of two generations, which at 99 % would have to agree to a sixtieth of their drift (Student's t)."""
_CHANCE_OF_A_STEP = 0.001
"""Less than that of one drift: the cut is chosen where the step is largest, and often at the end."""
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
    chance: float
    """Probability of such a step between two parts of a steady series (Student's t); 1 if nothing was cut."""


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
    if not cut:
        return Truncation(cut, count, 0.0, 1.0)
    left, gone = series[cut:], series[:cut]
    spread = math.sqrt(
        (float(((left - left.mean()) ** 2).sum() + ((gone - gone.mean()) ** 2).sum())) / (count - 2)
    )
    step, error = float(left.mean() - gone.mean()), spread * math.sqrt(1 / len(left) + 1 / len(gone))
    chance = 2 * float(stats.t.sf(abs(step) / error, count - 2)) if error > 0 else 0.0
    return Truncation(cut, count, step, chance)


class Halves(NamedTuple):
    """A median before and after, in one unit."""

    first: float
    second: float

    @property
    def log(self) -> float:
        """The drift as ln(second half / first half): 0 is none."""
        return math.log(self.second / self.first)


def beyond(own: Halves, other: Halves) -> float:
    """Ln of what an arm changed beyond what another's change in the same cycles explains; 0 within it.

    What all arms share multiplies times (a slower processor) or adds to them (one more wait), so another arm
    explains everything from first * o2 / o1 to first + o2 - o1.
    """
    multiplied = own.first * other.second / other.first
    added = own.first + other.second - other.first
    low, high = sorted((multiplied, added if added > 0 else multiplied))
    return math.log(own.second / min(max(own.second, low), high))


class Drift(NamedTuple):
    """What one test says of one arm. Logarithms of ratios; None: no more than the limit, or chance."""

    own: float | None
    apart: float
    """Share of the other arms whose changes in the same cycles do not explain it."""
    change: float
    """The arm's change, whether it matters or not."""
    words: str
    """'changes by +50% from a generation's first half to its second'."""


Drifts = Mapping[str, Drift]
"""The drift of each arm, by its label."""
Rows = Mapping[str, pd.DataFrame]
"""By arm: generation, cycle, due_ns and service_ns of its accepted requests."""


class SteadyState(RunRule):
    """V09 refuses to compare the latency of an arm that drifts as most others in the same cycles do not: its
    median changes by more than 10% from a generation's first half to its second, grows so inside slices,
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
        if run.manifest.workload.loop == "closed":
            return
        rows = {arm: _accepted(run, arm) for arm in run.arms}
        rows = {arm: own for arm, own in rows.items() if not own.empty}
        middle_ns = run.manifest.experiment.slice_s * 1e9 / 2
        tests = (truncations(rows), halves(rows), queues(rows, middle_ns))
        findings = [finding for drifts in tests for finding in self.check_drifts(drifts)]
        told: set[str] = set()
        for finding in sorted(findings, key=lambda one: one.severity != "refuse-figure"):
            if finding.subject not in told:
                told.add(finding.subject)
                yield finding

    def check_drifts(self, drifts: Drifts) -> Findings:
        """Say of each arm that drifts whether it does so alone."""
        drifting = [arm for arm, drift in drifts.items() if drift.own is not None]
        alone = [arm for arm, drift in drifts.items() if drift.apart > 0.5]
        together = [arm for arm in drifting if arm not in alone]
        for arm in alone:
            others = statistics.median(drift.change for other, drift in drifts.items() if other != arm)
            sentence = (
                f"its median service time {drifts[arm].words}, that of the other arms in the same cycles by "
                f"{math.expm1(others):+z.0%}: this arm itself fills, leaks or warms up"
            )
            yield self._drift("refuse-figure", arm, sentence, drifts[arm].change)
        if len(together) > len(drifts) / 2:
            change = statistics.median(drifts[arm].change for arm in together)
            sentence = (
                f"the median service time of {len(together)} of {counted(len(drifts), 'arm')} changes "
                f"together, by "
                f"{math.expm1(change):+z.0%}: the machine drifts, or what all arms share fills, leaks or "
                "warms up"
            )
            yield self._drift("mark", "the run", sentence, change)
            return
        for arm in together:
            sentence = (
                f"its median service time {drifts[arm].words}, which is not clearly more than that of the "
                "other arms in the same cycles"
            )
            yield self._drift("mark", arm, sentence, drifts[arm].change)

    def _drift(self, severity: Severity, about: str, sentence: str, log: float) -> Finding:
        number = math.expm1(log)
        limit = math.copysign(DRIFT.value, number)
        return self.finding(severity, about, sentence, number, limit, refuses="latency")


def truncations(rows: Rows) -> Drifts:
    """Cutting off the beginning leaves more than half of a generation, or changes the mean by less than a
    tenth or than chance does. Asked from ten cycles on.
    """
    every = {arm: _series(own) for arm, own in rows.items()}
    series = {arm: own for arm, own in every.items() if len(own) >= TRUNCATION_CYCLES.value}

    def unexplained(arm: str, other: str) -> bool:
        own, reference = series[arm].align(series[other], join="inner")
        if len(own) < TRUNCATION_CYCLES.value:
            return False
        means = own.mean(), reference.mean()
        logs = [
            beyond(Halves(means[0], one), Halves(means[1], another))
            for one, another in zip(own, reference, strict=True)
        ]
        return _unsteady(truncate(np.array(logs))) is not None

    found = {}
    for arm, own in series.items():
        cut = truncate(np.log(own.to_numpy()))
        words = (
            f"is steady from cycle {cut.cut} of {cut.count} on only, "
            f"{math.expm1(cut.step):+z.0%} from what it was before"
        )
        found[arm] = Drift(_unsteady(cut), _apart(arm, series, unexplained), cut.step, words)
    return found


def halves(rows: Rows) -> Drifts:
    """The p50 moves by at most 10 % from a generation's first half to its second."""
    medians = {arm: _by_generation(own, _edges) for arm, own in rows.items()}
    return drifts_of(medians, drift_of, "from a generation's first half to its second")


def queues(rows: Rows, middle_ns: float) -> Drifts:
    """Requests due in the second half of the slices are served as fast as those due in the first.

    A queue that grows makes them slower (Little); slices that begin slowly are no offence.
    """

    def growth_of(logs: Sequence[float]) -> float | None:
        drift = drift_of(logs)
        return drift if drift is not None and drift > 0 else None

    medians = {
        arm: _by_generation(own, lambda rows: _medians(rows, rows["due_ns"] >= middle_ns))
        for arm, own in rows.items()
    }
    return drifts_of(medians, growth_of, "from the first half of a slice to the second")


def drifts_of(
    medians: Mapping[str, Mapping[int, Halves]], drift: Callable[[Sequence[float]], float | None], where: str
) -> Drifts:
    """The drift of each arm, of which each generation is one observation."""
    measured = {arm: own for arm, own in medians.items() if own}

    def unexplained(arm: str, other: str) -> bool:
        own, reference = measured[arm], measured[other]
        return drift([beyond(own[g], reference[g]) for g in own.keys() & reference.keys()]) is not None

    found = {}
    for arm, own in measured.items():
        logs = [one.log for one in own.values()]
        change = float(np.mean(logs))
        words = f"changes by {math.expm1(change):+z.0%} {where}"
        found[arm] = Drift(drift(logs), _apart(arm, measured, unexplained), change, words)
    return found


def _apart(arm: str, arms: Iterable[str], unexplained: Callable[[str, str], bool]) -> float:
    """Share of the other arms that do not explain this one; 0 where there is no other."""
    told = [unexplained(arm, other) for other in arms if other != arm]
    return sum(told) / len(told) if told else 0.0


def drift_of(logs: Sequence[float]) -> float | None:
    """Mean of ln(second / first) of the generations; None where it is less than 10 %, or chance.

    Where several generations disagree so much that their mean might be 0, it is chance.
    """
    if not logs or abs(statistics.fmean(logs)) <= math.log1p(DRIFT.value):
        return None
    confidence = _CONFIDENCE if len(logs) > 2 else _CONFIDENCE_OF_TWO
    interval = nested_interval({number: [value] for number, value in enumerate(logs)}, confidence)
    return None if len(logs) > 1 and interval.contains(0.0) else interval.estimate


def _unsteady(found: Truncation) -> float | None:
    late = found.cut >= TRUNCATION.value * found.count and found.chance < _CHANCE_OF_A_STEP
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


def _by_generation(rows: pd.DataFrame, split: Callable[[pd.DataFrame], Halves | None]) -> dict[int, Halves]:
    """The halves of each generation that `split` can make."""
    found = {int(str(generation)): split(own) for generation, own in rows.groupby("generation")}
    return {generation: medians for generation, medians in found.items() if medians is not None}


def _edges(rows: pd.DataFrame) -> Halves | None:
    """p50 of the first cycles and of the last; an odd number's middle one is out."""
    cycles = np.unique(rows["cycle"].to_numpy())
    half = len(cycles) // 2
    if half == 0:
        return None
    edges = rows[~rows["cycle"].isin(cycles[half : len(cycles) - half])]
    return _medians(edges, edges["cycle"] >= cycles[len(cycles) - half])


def _medians(rows: pd.DataFrame, later: "pd.Series[bool]") -> Halves | None:
    """p50 of the other rows and of the later ones, ns; None with too few of either."""
    second, first = (rows.loc[which, "service_ns"].to_numpy(dtype=float) for which in (later, ~later))
    if min(len(first), len(second)) < _REQUESTS:
        return None
    return Halves(float(np.median(first)), float(np.median(second)))
