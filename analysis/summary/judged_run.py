"""A run and everything the rules say of it: judged once, for everything that shows a figure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analysis.comparison.arms import compare, kind_of, marks, paired, refused
from analysis.comparison.described import Described, describe_arms, describe_store_memory
from analysis.data.run import CycleKey, RunData, Since, by_generation, differences
from analysis.records.calibration import CalibrationSummary
from analysis.records.summary import METRICS, Comparison, Metric, OrderSummary
from analysis.rules import v02_poisson_arrivals
from analysis.rules.discovery import run_findings
from analysis.rules.v02_poisson_arrivals import Arrivals
from analysis.rules.v21_twin import IdenticalArms
from analysis.rules.v22_order import SliceOrder, position_effect
from analysis.rules.v31_stage_sum import StageSum
from analysis.statistics.estimate import Estimate, from_replicates
from analysis.statistics.intervals import ByGeneration, Interval, nested_interval
from analysis.statistics.noise_floor import NoiseFloor, noise_floor
from analysis.validity.finding import Figures, Finding
from analysis.validity.limits import CONFIDENCE
from authbench.contracts.card import Operation
from authbench.contracts.experiment import Experiment

_DescribedKey = tuple[Since, bool, Operation | None]
"""Which times, of the clean cycles alone or of all, and of one operation or of the users' requests."""


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
    differing_twins: Mapping[Metric, str] = field(default_factory=dict)
    """Metrics in which the identical arms differ, and how: nothing is compared in them."""
    _described: dict[_DescribedKey, Described] = field(default_factory=dict)
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
        """Why such figures of these arms are compared with nothing; None: no rule objects."""
        return refused(self.findings, figures, arms)

    def marks(self, arm: str) -> dict[Figures, list[str]]:
        """Codes of the rules that object to the arm's figures, by kind; the figures stand."""
        return marks(self.findings, arm)

    @property
    def clean(self) -> frozenset[CycleKey] | None:
        """Whole cycles in which nothing was disturbed; None: all were quiet."""
        return self.data.clean_cycles

    def described(self, since: Since, *, clean: bool = False) -> Described:
        """Percentiles of every arm's times, of all cycles or of the clean ones."""
        key = since, clean, None
        if key not in self._described:
            self._described[key] = describe_arms(self.data, since, self.clean if clean else None)
        return self._described[key]

    def described_operation(self, operation: Operation) -> Described:
        """Percentiles of every arm's service times of one operation, of all cycles."""
        key: _DescribedKey = "sent_ns", False, operation
        if key not in self._described:
            self._described[key] = describe_arms(self.data, "sent_ns", operation=operation)
        return self._described[key]

    @property
    def store_memory(self) -> Described:
        """Bytes of one live session of each arm that has some."""
        return describe_store_memory(self.data)

    def cost(self, arm: str, metric: str) -> Estimate:
        """Mean over an arm's slices with the interval of cycles nested in generations.

        A rule that objects marks the figure and refuses its comparisons; the figure stands.
        """
        known = self.data.by_slice(arm, metric)
        if known.empty:
            return Estimate(reason="it could not be read, or nothing was completed")
        return from_replicates(by_generation(known))

    def gap(self, a: str, b: str, metric: str) -> Estimate:
        """A's CPU per request minus B's, paired by cycle; minus the control's: what authenticating costs."""
        if a == b:
            return Estimate(reason="it is the control")
        block = self.data.side_by_side(a, b)
        if isinstance(block, str):
            return Estimate(reason=block)
        gaps = differences(block.slices, metric, a, b)
        return from_replicates(gaps) if gaps else Estimate(reason="no cycle has the figure for both arms")

    def compare(self, a: str, b: str, metric: Metric) -> Comparison:
        """Compare two arms in a metric, once. Where that is refused, the comparison has the reason."""
        key = a, b, metric
        if key not in self._compared:
            why = self.no_comparison or self._refusal(a, b, metric)
            # Undisturbed cycles are of the offered rate: an arm with a rate of its own is in others.
            clean = None if {a, b} & set(self.data.manifest.own_arms) else self.clean
            self._compared[key] = compare(self.data, metric, a, b, self.floors.get(metric), why, clean)
        return self._compared[key]

    def _refusal(self, a: str, b: str, metric: Metric) -> str | None:
        """A latency that is refused to the identical arms leaves no noise floor for any other."""
        kind = kind_of(metric)
        own = [] if kind == "cost" else [finding for finding in self.findings if finding.refuses == kind]
        return (
            self.refused(kind, a, b)
            or refused(own, kind, self.experiment.twin)
            or self.differing_twins.get(metric)
        )


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
    experiment = data.manifest.experiment
    pairs = {metric: paired(data, metric, *experiment.twin) for metric in METRICS}
    logs = {metric: found[0] for metric, found in pairs.items() if not isinstance(found, str)}
    floors = {
        metric: _calibrated(
            noise_floor(nested_interval(own), (earlier_twins or {}).get(metric, ())), metric, calibration
        )
        for metric, own in logs.items()
    }
    twins = {metric: _twin_finding(data, metric, own) for metric, own in logs.items()}
    differing = {metric: finding for metric, finding in twins.items() if finding}
    order = position_effect(data, data.primary_metric)
    figure_findings = _figure_findings(data, order, floors.get(data.primary_metric))
    judged = JudgedRun(
        data=data,
        findings=findings,
        floors=floors,
        order=order,
        arrivals=v02_poisson_arrivals.sent(data),
        calibration=calibration,
        differing_twins={metric: finding.reason for metric, finding in differing.items()},
    )
    more = [*differing.values(), *figure_findings, *_disproved_intervals(judged)]
    decisive = more if experiment.judged_by.compares else [one.as_remark() for one in more]
    return replace(judged, findings=[*findings, *decisive])


def _twin_finding(data: RunData, metric: Metric, logs: ByGeneration) -> Finding | None:
    """V21 of one metric: void the run in its primary one, refuse comparisons in any other."""
    twin = data.manifest.experiment.twin
    return IdenticalArms().check(logs, twin, metric, primary=metric == data.primary_metric)


def _disproved_intervals(run: JudgedRun) -> Iterator[Finding]:
    """V21 of intervals that describe: those of identical arms have a value in common, or none is given."""
    rule, twin = IdenticalArms(), run.experiment.twin
    figures: Figures
    for figures, what, found in (
        ("latency", "service times, ms", run.described("sent_ns")),
        ("response", "response times, ms", run.described("due_ns")),
        ("store", "a session in the store, bytes", run.store_memory),
    ):
        yield from rule.check_intervals(figures, what, found.disproved, twin)


def _calibrated(floor: NoiseFloor, metric: Metric, calibration: CalibrationSummary | None) -> NoiseFloor:
    if calibration is None or metric not in calibration.visible:
        return floor
    seen = calibration.visible[metric]
    return replace(floor, visible=math.inf if seen is None else seen)


def _figure_findings(data: RunData, order: OrderSummary | None, floor: NoiseFloor | None) -> list[Finding]:
    """What the rules say of places in a cycle, and of chains of stages."""
    experiment = data.manifest.experiment
    placed = (
        SliceOrder().check(order, floor.value) if order and floor and experiment.judged_by.compares else None
    )
    stages = [_stage_finding(data, chain) for chain in experiment.stages]
    return [finding for finding in (placed, *stages) if finding]


def _stage_finding(data: RunData, chain: Sequence[str]) -> Finding | None:
    def gap(before: str) -> Interval | None:
        gaps = differences(data.slices, data.primary_metric, chain[-1], before)
        return nested_interval(gaps, CONFIDENCE.value) if gaps else None

    total, residual = gap(chain[0]), gap(chain[-2])
    return StageSum().check(chain[-1], total, residual) if total and residual else None
