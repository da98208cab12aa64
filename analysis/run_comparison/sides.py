"""Take an arm's figure from one of two compared runs, as logarithms by generation."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.data.run import by_generation, log_ratios
from analysis.records.summary import CPU_METRICS, THROUGHPUT
from analysis.statistics.percentiles import PERCENTILES, percentile
from analysis.statistics.welch import Side
from analysis.summary.judged_run import JudgedRun
from analysis.validity.finding import Figures
from analysis.validity.limits import P99_GENERATIONS
from authbench.words.counting import counted

_TIMES: dict[str, tuple[Figures, str]] = {
    f"{kind}_{name}_ms": ("latency" if kind == "service" else "response", name)
    for kind in ("service", "response")
    for name in ("p50", "p95", "p99")
}
METRICS = (*CPU_METRICS, *_TIMES, THROUGHPUT)
"""What two runs are compared in: CPU us per request, percentiles of service and response times, requests/s
of saturated slices."""
_LEAST_GENERATIONS = 2


def side(run: JudgedRun, arm: str, metric: str) -> Side | str:
    """Ln of an arm's figure by generation, or in words why the run does not give it."""
    if metric == THROUGHPUT:
        return _throughput(run, arm)
    return _cost(run, arm, metric) if metric in CPU_METRICS else _time(run, arm, metric)


def beside_control(run: JudgedRun, arm: str, metric: str) -> Side | str:
    """Ln of the arm's cost divided by its own run's control, paired by cycle."""
    control = run.experiment.control
    if refused := run.refused("cost", arm, control):
        return refused
    logs = log_ratios(run.data.slices, metric, arm, control)
    return _side({generation: float(values.mean()) for generation, values in logs.items()}, logs)


def _cost(run: JudgedRun, arm: str, metric: str) -> Side | str:
    """Ln of each generation's mean cost over the arm's valid slices."""
    if refused := run.refused("cost", arm):
        return refused
    if metric == "cpu_store_us" and arm not in run.data.with_store:
        return f"{arm} has no store"
    return _of_slices(run.data.by_slice(arm, metric))


def _throughput(run: JudgedRun, arm: str) -> Side | str:
    """Ln of each generation's mean requests/s over the arm's valid saturated slices."""
    if refused := run.refused("throughput", arm):
        return refused
    if not run.data.saturated:
        return "nothing was saturated"
    return _of_slices(run.data.by_saturated_slice(arm, THROUGHPUT))


def _of_slices(known: "pd.Series[float]") -> Side | str:
    """Ln of each generation's mean of a figure that every slice has, indexed by (generation, cycle)."""
    figures = by_generation(known[known > 0])
    return _side(
        {generation: float(np.log(values.mean())) for generation, values in figures.items()},
        {generation: np.log(values) for generation, values in figures.items()},
    )


def _time(run: JudgedRun, arm: str, metric: str) -> Side | str:
    """Ln of the percentile of each generation's pooled requests; a p99 needs five such generations."""
    figures, name = _TIMES[metric]
    if refused := run.refused(figures, arm):
        return refused
    times = run.data.service_ms if figures == "latency" else run.data.response_ms
    share = PERCENTILES[name]
    found = {generation: percentile(times(arm, generation), share) for generation in run.data.generations}
    logs = {key: float(np.log(one.value)) for key, one in found.items() if one.value is not None}
    needed = int(P99_GENERATIONS.value) if name == "p99" else _LEAST_GENERATIONS
    if len(logs) < needed:
        why = next((f": {one.reason}" for one in found.values() if one.reason), "")
        return f"{len(logs)} of the {counted(needed, 'generation')} needed carry a {name}{why}"
    return _side(logs, {generation: np.array([value]) for generation, value in logs.items()})


def _side(generations: Mapping[int, float], cycles: Mapping[int, npt.NDArray[np.float64]]) -> Side | str:
    if len(generations) < _LEAST_GENERATIONS:
        return (
            f"{counted(len(generations), 'generation has', 'generations have')} it, and an interval "
            f"needs {_LEAST_GENERATIONS} in each run"
        )
    return Side(np.array(list(generations.values())), np.concatenate(list(cycles.values())))
