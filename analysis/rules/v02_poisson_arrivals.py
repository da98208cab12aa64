from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.validity.limits import DISPERSION_CHANCE, DISPERSION_HIGH, DISPERSION_LOW

_COUNT_PER_BIN = 5.0
"""Mean requests of a bin: wide enough to see bunching, narrow enough to have many bins."""


@dataclass(frozen=True)
class Arrivals:
    """How one arm's requests arrived at the server in one generation, its slices pooled."""

    dispersion: float
    """Variance of the counts by their mean: 1 for a Poisson process, 0 for a metronome."""
    bins: int
    anderson_darling: float
    """A^2 of the gaps against an exponential, scale estimated (Stephens 1974): 1.32 is its 5 % point. With
    thousands of gaps it rejects whatever a real clock does, so it informs and decides nothing."""

    @property
    def poisson(self) -> bool:
        """False where the dispersion is out of bounds, and by more than so few bins do by chance."""
        if DISPERSION_LOW.value <= self.dispersion <= DISPERSION_HIGH.value:
            return True
        degrees = self.bins - 1
        low, high = (
            float(stats.chi2.ppf(chance, degrees))
            for chance in (DISPERSION_CHANCE.value / 2, 1 - DISPERSION_CHANCE.value / 2)
        )
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


def of_run(run: RunData) -> dict[str, Arrivals]:
    """By arm: the generation whose dispersion lies farthest from 1. Empty for a closed loop."""
    if run.manifest.workload.loop == "closed":
        return {}
    worst: dict[str, Arrivals] = {}
    measured = {(record.arm, record.generation): record for record in run.valid}
    for (arm, generation), record in measured.items():
        rows = run.rows.of_arm(arm, generation)
        rows = rows[rows["sent_ns"] >= 0]
        times = [group.to_numpy(dtype=float) / 1e9 for _, group in rows.groupby("cycle")["sent_ns"]]
        found = arrivals(times, record.duration_s, record.offered_rate_rps)
        if found and abs(found.dispersion - 1) > abs(worst[arm].dispersion - 1 if arm in worst else 0):
            worst[arm] = found
    return worst


class PoissonArrivals(RunRule):
    """V02 refuses the latency of an arm whose requests were sent too evenly or in bunches (dispersion of
    counts); the Anderson-Darling statistic of the gaps is shown.

    Queues depend on the spread of the arrivals.
    """

    code = "V02"
    lie = "arrivals were Poisson"
    limits = (DISPERSION_LOW, DISPERSION_HIGH, DISPERSION_CHANCE)
    unit = "variance of counts / mean"
    advice = "leave the generator's processor to it alone"

    def check_run(self, run: RunData) -> Findings:
        for arm, found in of_run(run).items():
            if not found.poisson:
                sentence = (
                    "requests did not arrive as a Poisson process: the dispersion of their counts is "
                    f"{found.dispersion:.2f} instead of 1 "
                    f"(Anderson-Darling of the gaps {found.anderson_darling:.1f})"
                )
                limit = DISPERSION_LOW if found.dispersion < 1 else DISPERSION_HIGH
                yield self.finding("refuse-figure", arm, sentence, found.dispersion, limit, refuses="latency")
