from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.data.rows import SliceKey
from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.validity.finding import Severity
from analysis.validity.limits import DISPERSION_CHANCE, DISPERSION_HIGH, DISPERSION_LOW
from authbench.contracts.records import SliceRecord

_COUNT_PER_BIN = 5.0
"""Mean requests of a bin: wide enough to see bunching, narrow enough to have many bins."""


@dataclass(frozen=True)
class Arrivals:
    """How one arm's requests arrived at the server, several slices pooled."""

    dispersion: float
    """Variance of the counts by their mean: 1 for a Poisson process, 0 for a metronome."""
    bins: int
    anderson_darling: float
    """A^2 of the gaps against an exponential, scale estimated (Stephens 1974): 1.32 is its 5 % point. With
    thousands of gaps it rejects whatever a real clock does, so it informs and decides nothing."""

    looks: int = 1
    """From how many such pools this one was chosen as the worst: chance had as many opportunities."""

    @property
    def poisson(self) -> bool:
        """False where the dispersion is out of bounds, and by more than so few bins do by chance.

        The chance is shared by the looks (Bonferroni).
        """
        if DISPERSION_LOW.value <= self.dispersion <= DISPERSION_HIGH.value:
            return True
        degrees, tail = self.bins - 1, DISPERSION_CHANCE.value / self.looks / 2
        low, high = float(stats.chi2.ppf(tail, degrees)), float(stats.chi2.isf(tail, degrees))
        return bool(low / degrees <= self.dispersion <= high / degrees)


def arrivals(sent_s: list[npt.NDArray[np.float64]], duration_s: float, rate_rps: float) -> Arrivals | None:
    """Statistics of the sending times of several slices, in seconds from the start of each slice.

    None where there are fewer than two bins, or gaps, to compare.
    """
    per_slice = max(1, int(duration_s * rate_rps / _COUNT_PER_BIN))
    edges = np.linspace(0, duration_s, per_slice + 1)
    counts = np.concatenate([np.histogram(times, edges)[0] for times in sent_s] or [np.empty(0)])
    gaps = np.concatenate([np.diff(np.sort(times)) for times in sent_s] or [np.empty(0)])
    if len(counts) < 2 or counts.sum() == 0 or len(gaps) < 2 or gaps.sum() <= 0:
        return None
    return Arrivals(float(counts.var(ddof=1) / counts.mean()), len(counts), anderson_darling(gaps))


def anderson_darling(gaps: npt.NDArray[np.float64]) -> float:
    """A^2 against the exponential with the sample's mean, corrected for its estimation: A^2 (1 + 0.6 / n)."""
    ordered = np.sort(gaps) / gaps.mean()
    count = len(ordered)
    log_below = np.log(np.maximum(-np.expm1(-ordered), np.finfo(float).tiny))
    weights = 2 * np.arange(1, count + 1) - 1
    squared = -count - float(np.sum(weights * (log_below - ordered[::-1]))) / count
    return squared * (1 + 0.6 / count)


def scheduled(run: RunData) -> dict[str, Arrivals]:
    """By arm: when the requests of all its slices were due. Empty for a closed loop.

    Disturbed slices too: a bunch of requests makes the generator late, so that what is left without them is
    more even than what was drawn.
    """
    if run.manifest.workload.loop == "closed":
        return {}
    found = {arm: _of_slices(run, run.valid_of(arm), "due_ns") for arm in run.arms}
    return {arm: arrivals for arm, arrivals in found.items() if arrivals is not None}


def sent(run: RunData) -> dict[str, Arrivals]:
    """By arm: the generation whose dispersion lies farthest from 1. Empty for a closed loop.

    Of the slices in which nothing was disturbed; of all of an arm's where it has no such slice. Not of a
    generation whose drawn times are by chance too even or in bunches: they say nothing about the generator.
    """
    if run.manifest.workload.loop == "closed":
        return {}
    worst: dict[str, Arrivals] = {}
    for arm in run.arms:
        own = run.valid_of(arm)
        quiet = [record for record in own if _key(record) not in run.disturbed_slices] or own
        by_generation = [
            [r for r in quiet if r.generation == g] for g in sorted({r.generation for r in quiet})
        ]
        found = [_of_slices(run, records, "sent_ns") for records in by_generation if _drawn(run, records)]
        counted = [each for each in found if each is not None]
        if counted:
            farthest = max(counted, key=lambda each: abs(each.dispersion - 1))
            worst[arm] = replace(farthest, looks=len(counted))
    return worst


def _key(record: SliceRecord) -> SliceKey:
    return SliceKey(record.generation, record.cycle, record.arm, record.position)


def _drawn(run: RunData, records: Sequence[SliceRecord]) -> bool:
    """Whether these slices were due as a Poisson process."""
    due = _of_slices(run, records, "due_ns")
    return due is not None and due.poisson


def _of_slices(
    run: RunData, records: Sequence[SliceRecord], column: Literal["due_ns", "sent_ns"]
) -> Arrivals | None:
    """None where there are no slices, or too few requests in them."""
    if not records:
        return None
    times = []
    for record in records:
        rows = run.rows.columns_of(_key(record))
        if len(rows[column]):  # rows that cannot be read are V23's
            times.append(rows[column][rows["sent_ns"] >= 0] / 1e9)
    return arrivals(times, records[0].duration_s, records[0].offered_rate_rps)


class PoissonArrivals(RunRule):
    """V02 refuses to compare the latency of an arm whose schedule is too even or in bunches (dispersion of
    counts), and marks it where only the times of sending are: there the generator was late. The
    Anderson-Darling statistic of the gaps is shown. It looks at the schedule of all slices, and at what was
    sent in those in which nothing was disturbed.

    Queues depend on the spread of the arrivals. A schedule that is not Poisson is a fault of the harness,
    alike for identical arms, so the twin cannot object; a generator that is late meets all arms of a cycle.
    """

    code = "V02"
    lie = "arrivals were Poisson"
    limits = (DISPERSION_LOW, DISPERSION_HIGH, DISPERSION_CHANCE)
    unit = "variance of counts / mean"
    advice = "leave the generator's processor to it alone"

    def check_run(self, run: RunData) -> Findings:
        """The schedule first: where that is wrong, what was sent by it is wrong as well."""
        due, went = scheduled(run), sent(run)
        for arm in run.arms:
            if arm in due and not due[arm].poisson:
                found = due[arm]
                severity: Severity = "refuse-figure"
                what = "requests were not scheduled as a Poisson process, which is a fault of the harness"
                advice = "do not compare latency from this harness: its schedule is wrong"
            elif arm in went and not went[arm].poisson:
                found, severity = went[arm], "mark"
                what = "requests were due as a Poisson process and not sent as one: the generator was late"
                advice = self.advice
            else:
                continue
            sentence = (
                f"{what}: the dispersion of their counts is {found.dispersion:.2f} instead of 1 "
                f"(Anderson-Darling of the gaps {found.anderson_darling:.1f})"
            )
            limit = DISPERSION_LOW if found.dispersion < 1 else DISPERSION_HIGH
            yield self.finding(
                severity, arm, sentence, found.dispersion, limit, advice=advice, refuses="latency"
            )
