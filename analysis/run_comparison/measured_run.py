"""A run as comparing needs it: its judged figures, and the logarithms of each by generation."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analysis.comparison.arms import refused
from analysis.data.earlier_runs import earlier_twins
from analysis.data.run import CPU_METRICS, RunData, by_generation, load_run, log_ratios
from analysis.records.summary import Summary
from analysis.statistics.percentiles import percentile
from analysis.statistics.welch import Side
from analysis.summary.summarize import summarize
from analysis.validity.finding import Figures
from analysis.validity.limits import P99_GENERATIONS

_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_TIMES: dict[str, tuple[Figures, str, float]] = {
    f"{kind}_{name}_ms": ("latency" if kind == "service" else "response", name, share)
    for kind in ("service", "response")
    for name, share in _SHARES.items()
}
METRICS = (*CPU_METRICS, *_TIMES)
"""What two runs are compared in: CPU us per request, then percentiles of service and response times."""
_LEAST_GENERATIONS = 2


@dataclass(frozen=True)
class MeasuredRun:
    """One of the two runs."""

    data: RunData
    summary: Summary

    def side(self, arm: str, metric: str) -> Side | str:
        """Ln of an arm's figure by generation, or in words why the run does not give it."""
        return self._cost(arm, metric) if metric in CPU_METRICS else self._time(arm, metric)

    def to_control(self, arm: str, metric: str) -> Side | str:
        """Ln of the arm's cost divided by its own run's control, paired by cycle."""
        if why := refused(self.summary.findings, "none", [arm, self.data.manifest.experiment.control]):
            return why
        logs = log_ratios(self.data.slices, metric, arm, self.data.manifest.experiment.control)
        return _side({generation: float(values.mean()) for generation, values in logs.items()}, logs)

    def _cost(self, arm: str, metric: str) -> Side | str:
        """Of each generation's mean over the arm's valid slices."""
        if why := refused(self.summary.findings, "none", [arm]):
            return why
        if metric == "cpu_store_us" and not self.data.asks_store(arm):
            return f"{arm} has no store"
        slices = self.data.slices[self.data.slices["arm"] == arm]
        known = slices.set_index(["generation", "cycle"])[metric].astype(float).dropna()
        costs = by_generation(known[known > 0])
        return _side(
            {generation: float(np.log(values.mean())) for generation, values in costs.items()},
            {generation: np.log(values) for generation, values in costs.items()},
        )

    def _time(self, arm: str, metric: str) -> Side | str:
        """Of the percentile of each generation's pooled requests; a p99 needs five that carry it."""
        figures, name, share = _TIMES[metric]
        if why := refused(self.summary.findings, figures, [arm]):
            return why
        times = self.data.service_ms if figures == "latency" else self.data.response_ms
        found = {
            generation: percentile(times(arm, generation), share) for generation in self.data.generations
        }
        logs = {
            generation: float(np.log(one.value)) for generation, one in found.items() if one.value is not None
        }
        needed = int(P99_GENERATIONS.value) if name == "p99" else _LEAST_GENERATIONS
        if len(logs) < needed:
            why = next((one.reason for one in found.values() if one.reason), None)
            return f"{len(logs)} of the {needed} generations needed carry a {name}" + (
                f": {why}" if why else ""
            )
        return _side(logs, {generation: np.array([value]) for generation, value in logs.items()})


def load_measured(path: Path) -> MeasuredRun:
    """Read and judge a run, with the noise floor of the runs that lie beside it."""
    data = load_run(path)
    return MeasuredRun(data, summarize(data, earlier_twins(path.parent, data.manifest)))


def _side(generations: Mapping[int, float], cycles: Mapping[int, npt.NDArray[np.float64]]) -> Side | str:
    if len(generations) < _LEAST_GENERATIONS:
        return (
            f"{len(generations)} generations have it, and an interval needs {_LEAST_GENERATIONS} in each run"
        )
    return Side(np.array(list(generations.values())), np.concatenate(list(cycles.values())))
