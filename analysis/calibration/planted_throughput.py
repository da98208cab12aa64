"""Find again, in the throughput, what planted CPU must take from it.

A server that is one full core serves 1 / D requests a second, D being its CPU per request (utilisation law,
Denning & Buzen, Computing Surveys 10, 1978, 3). With s more it serves D / (D + s) of that.
"""

import math

import numpy as np
import pandas as pd

from analysis.calibration.planted import confidence_of_each
from analysis.data.run import RunData, by_generation, cycle_values
from analysis.data.saturation import saturation
from analysis.records.calibration import PlantedThroughput
from analysis.records.summary import THROUGHPUT
from analysis.rules.v41_saturated_server import bound
from analysis.statistics.estimate import Estimate, finite, from_replicates
from analysis.statistics.intervals import Interval, nested_interval, ratio_minus_one
from analysis.validity.limits import PLANTED_CPU_SHARE, PLANTED_THROUGHPUT


def recover_throughput(run: RunData) -> list[PlantedThroughput]:
    """Hold the throughput of every arm with planted CPU against the control's, and against arithmetic.

    Both are paired by saturated cycle, because the speed of a processor wanders: the planted time does not,
    and D does. The intervals hold together at 95 %. Empty where nothing was saturated.
    """
    experiment = run.manifest.experiment
    planted = [(arm.label, arm.planted_cpu_us) for arm in experiment.arms if arm.planted_cpu_us is not None]
    if not run.saturated:
        return []
    confidence = confidence_of_each(len(planted))
    return [_recover(run, arm, planted_us, confidence) for arm, planted_us in planted]


def _recover(run: RunData, arm: str, planted_us: float, confidence: float) -> PlantedThroughput:
    control = run.manifest.experiment.control
    slices = run.saturated_slices
    served = cycle_values(slices, THROUGHPUT, arm, control)
    control_us = cycle_values(slices, "cpu_app_us", control, control)["a"].reindex(served.index)
    if served.empty or control_us.isna().any():
        nothing = Estimate(reason="no saturated cycle has a figure for both arms")
        return PlantedThroughput(
            arm=arm,
            planted_us=planted_us,
            control_us=nothing,
            predicted=None,
            recovered=nothing,
            found=None,
            not_judged="not measured",
        )
    measured_log = _log(served["a"] / served["b"])
    expected_log = _log(control_us / (control_us + planted_us))
    measured, predicted, off = (
        nested_interval(by_generation(logs), confidence)
        for logs in (measured_log, expected_log, measured_log - expected_log)
    )
    wrong = not off.contains(0.0)
    not_judged = "a lower bound" if _limited(run, arm, control) else ""
    if not wrong and not not_judged and _too_wide(off, predicted):
        not_judged = "the interval is too wide"
    return PlantedThroughput(
        arm=arm,
        planted_us=planted_us,
        control_us=from_replicates(by_generation(control_us)),
        predicted=math.exp(predicted.estimate),
        recovered=Estimate(
            value=math.exp(measured.estimate),
            low=math.exp(measured.low),
            high=finite(ratio_minus_one(measured.high) + 1),
        ),
        found=None if not_judged else not wrong,
        not_judged=not_judged,
    )


def _limited(run: RunData, *arms: str) -> bool:
    """Whether the throughput of one of them is not its server's."""
    seen = [saturation(run, arm) for arm in arms]
    return any(one is None or bound(one, run.manifest) for one in seen)


def _log(values: "pd.Series[float]") -> "pd.Series[float]":
    return pd.Series(np.log(values.to_numpy(dtype=float)), index=values.index)


def _too_wide(off: Interval, predicted: Interval) -> bool:
    """Whether the interval of measured / predicted could hide an error as large as the effect."""
    return off.half_width > max(
        math.log1p(PLANTED_THROUGHPUT.value), PLANTED_CPU_SHARE.value * -predicted.estimate
    )
