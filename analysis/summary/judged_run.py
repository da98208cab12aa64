"""A run and everything the rules say of it: judged once, for everything that shows a figure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from analysis.comparison.arms import compare, refused, twin_floor
from analysis.data.run import CPU_METRICS, THROUGHPUT, RunData, by_generation, differences, log_ratios
from analysis.records.calibration import CalibrationSummary
from analysis.records.summary import METRICS, Comparison, Metric, OrderSummary
from analysis.rules import v02_poisson_arrivals
from analysis.rules.discovery import run_findings
from analysis.rules.v02_poisson_arrivals import Arrivals
from analysis.rules.v21_twin import IdenticalArms
from analysis.rules.v22_order import SliceOrder, position_effect
from analysis.rules.v31_stage_sum import StageSum
from analysis.statistics.estimate import Estimate, from_replicates
from analysis.statistics.intervals import Interval, nested_interval
from analysis.statistics.noise_floor import NoiseFloor
from analysis.validity.finding import Figures, Finding
from analysis.validity.limits import CONFIDENCE
from authbench.contracts.experiment import Experiment


@dataclass(frozen=True)
class JudgedRun:
    """What summary, report and comparison of two runs take."""

    data: RunData
    findings: Sequence[Finding]
    floors: Mapping[Metric, NoiseFloor] = field(default_factory=dict)
    """The noise floor of each metric in which the identical arms have a figure."""
    order: OrderSummary | None = None
    arrivals: Mapping[str, Arrivals] = field(default_factory=dict)
    """By arm; empty for a closed loop."""
    calibration: CalibrationSummary | None = None
    """The newest calibration of the machine that measured the run."""
    _compared: dict[tuple[str, str, Metric], Comparison] = field(default_factory=dict)

    @property
    def experiment(self) -> Experiment:
        return self.data.manifest.experiment

    @property
    def metric(self) -> Metric:
        return self.data.primary_metric

    @property
    def reasons(self) -> list[str]:
        """Why the run is INVALID, a sentence each; empty: it is VALID."""
        return [finding.reason for finding in self.findings if finding.severity == "void-run"]

    @property
    def no_comparison(self) -> str | None:
        """Why nothing of this run is compared; None: it is."""
        if self.reasons:
            return "the run is INVALID"
        if not self.experiment.judged_by.compares:
            return "this experiment checks that everything works; its figures are too few to compare"
        return None

    def refused(self, figures: Figures, *arms: str) -> str | None:
        return refused(self.findings, figures, arms)

    def cost(self, arm: str, metric: str) -> Estimate:
        """Mean over an arm's slices with the interval of cycles nested in generations."""
        if why := self.refused("none", arm):
            return Estimate(reason=why)
        known = self.data.by_slice(arm, metric)
        if known.empty:
            return Estimate(reason="it could not be read, or nothing was completed")
        return from_replicates(by_generation(known))

    def gap(self, a: str, b: str, metric: str) -> Estimate:
        """A's CPU per request minus B's, paired by cycle; minus the control's: what authenticating costs."""
        if a == b:
            return Estimate(reason="it is the control")
        if why := self.refused("none", a, b):
            return Estimate(reason=why)
        gaps = differences(self.data.slices, metric, a, b)
        return from_replicates(gaps) if gaps else Estimate(reason="no cycle has the figure for both arms")

    def compare(self, a: str, b: str, metric: Metric) -> Comparison:
        """Compare two arms in a metric, once. Where that is refused, the comparison has the reason."""
        key = a, b, metric
        if key not in self._compared:
            why = self.no_comparison or self._no_figure(a, b, metric)
            self._compared[key] = compare(self.data, metric, a, b, self.floors.get(metric), why)
        return self._compared[key]

    def _no_figure(self, a: str, b: str, metric: Metric) -> str | None:
        """A latency that is refused to the identical arms leaves no noise floor for any other."""
        if metric in CPU_METRICS:
            return self.refused("none", a, b)
        if metric == THROUGHPUT:
            return self.refused("throughput", a, b, *self.experiment.twin)
        late = [finding for finding in self.findings if finding.refuses == "latency"]
        return self.refused("latency", a, b) or refused(late, "latency", self.experiment.twin)


def judge_run(
    data: RunData,
    earlier_twins: Mapping[str, Sequence[float]] | None = None,
    calibration: CalibrationSummary | None = None,
) -> JudgedRun:
    """Ask every rule. A run that is not whole has findings only.

    `earlier_twins`: metric -> ln(twin / original) of earlier runs of this machine, for the noise floor.
    `calibration`: that of this machine; no difference below what it can see is given as one.
    """
    findings = run_findings(data)
    if not data.whole:
        return JudgedRun(data, findings, calibration=calibration)
    found = {metric: twin_floor(data, metric, (earlier_twins or {}).get(metric, ())) for metric in METRICS}
    floors = {metric: _calibrated(floor, metric, calibration) for metric, floor in found.items() if floor}
    order = position_effect(data, data.primary_metric)
    return JudgedRun(
        data=data,
        findings=[*findings, *_figure_findings(data, order, floors.get(data.primary_metric))],
        floors=floors,
        order=order,
        arrivals=v02_poisson_arrivals.of_run(data),
        calibration=calibration,
    )


def _calibrated(floor: NoiseFloor, metric: Metric, calibration: CalibrationSummary | None) -> NoiseFloor:
    if calibration is None or metric not in calibration.visible:
        return floor
    seen = calibration.visible[metric]
    return replace(floor, visible=math.inf if seen is None else seen)


def _figure_findings(data: RunData, order: OrderSummary | None, floor: NoiseFloor | None) -> list[Finding]:
    """What the rules say of the identical arms, of places in a cycle, and of chains of stages."""
    experiment, metric = data.manifest.experiment, data.primary_metric
    twin = IdenticalArms().check(log_ratios(data.slices, metric, *experiment.twin), experiment.twin, metric)
    placed = (
        SliceOrder().check(order, floor.value) if order and floor and experiment.judged_by.compares else None
    )
    stages = [_stage_finding(data, chain) for chain in experiment.stages]
    served = IdenticalArms().check_throughput(
        log_ratios(data.saturated_slices, THROUGHPUT, *experiment.twin), experiment.twin
    )
    found = [finding for finding in (twin, served, placed, *stages) if finding]
    return found if experiment.judged_by.compares else [finding.as_remark() for finding in found]


def _stage_finding(data: RunData, chain: Sequence[str]) -> Finding | None:
    def gap(before: str) -> Interval | None:
        gaps = differences(data.slices, data.primary_metric, chain[-1], before)
        return nested_interval(gaps, CONFIDENCE.value) if gaps else None

    total, residual = gap(chain[0]), gap(chain[-2])
    return StageSum().check(chain[-1], total, residual) if total and residual else None
