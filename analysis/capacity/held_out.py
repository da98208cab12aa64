"""Check predictions against what their fit never saw: another load, more workers, more live logins.

A load: the line (idle cores + slope x rate) through all other rates of an arm, with the noise of each rate's
figure. Logins: the line through the lower half of the counts. Workers: one process's requests/s, for each
processor. A prediction's interval contains the noise of what it is compared with: without it a perfect model
would miss more often than in one of twenty checks.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from analysis.capacity.plan_record import HeldOut
from analysis.records.summary import ArmSummary, RungSummary, Summary
from analysis.statistics.line import line_through
from analysis.validity.decimals import decimals
from authbench.contracts.records import Manifest, StoreMemory
from authbench.words.counting import counted

_Z = 1.959964
_FEWEST = 3
"""Points of a line and one to predict."""


def held_out(summary: Summary, manifest: Manifest) -> list[HeldOut]:
    """Every check that the run has the data for; an empty list: it has none."""
    schemes = [arm for arm in summary.arms if arm.role in ("arm", "sensitivity")]
    return [
        *(check for arm in schemes for check in loads(arm)),
        *workers(summary, manifest),
        *(
            check
            for arm in schemes
            if arm.arm in manifest.store_memory
            for check in logins(arm.arm, manifest.store_memory[arm.arm])
        ),
    ]


def loads(arm: ArmSummary) -> Iterator[HeldOut]:
    """Leave each rate out in turn, and predict the cores that the application keeps busy at it."""
    rungs = [rung for rung in arm.ladder.rungs if _error(rung) is not None]
    if len(rungs) < _FEWEST:
        return
    for left_out in rungs:
        others = [rung for rung in rungs if rung is not left_out]
        at = left_out.achieved_rps
        predicted, error = _line_at(
            np.array([rung.achieved_rps for rung in others]),
            np.array([_busy(rung) for rung in others]),
            np.array([_error(rung) or 0.0 for rung in others]),
            at,
        )
        half = _Z * math.hypot(error, _error(left_out) or 0.0)
        yield _checked(
            arm.arm,
            "application cores busy",
            "cores",
            ", ".join(decimals(rung.achieved_rps) for rung in others) + " requests/s",
            f"{decimals(at)} requests/s",
            (predicted, predicted - half, predicted + half),
            _busy(left_out),
        )


def workers(summary: Summary, manifest: Manifest) -> Iterator[HeldOut]:
    """Requests/s of several processes from those of one, where the run measured a scheme with both.

    They grow with the processors that the processes have: two on one serve what one serves.
    """
    count = {arm.label: arm.condition.workers for arm in manifest.experiment.arms}
    single = {arm.scheme: arm for arm in summary.arms if arm.role == "arm" and count.get(arm.arm) == 1}
    for arm in summary.arms:
        one, number = single.get(arm.scheme), count.get(arm.arm, 1)
        if number == 1 or one is None or one.throughput is None or arm.throughput is None:
            continue
        base, found = one.throughput.rps, arm.throughput.rps
        ends = (base.value, base.low, base.high, found.value, found.low, found.high)
        if any(end is None for end in ends) or arm.throughput.at_least:
            continue
        value, low, high, measured, own_low, own_high = (end or 0.0 for end in ends)
        processors = arm.throughput.cores / one.throughput.cores
        half = math.hypot(processors * (high - low) / 2, (own_high - own_low) / 2)
        predicted = processors * value
        yield _checked(
            arm.arm,
            "requests/s when full",
            "requests/s",
            "1 worker",
            f"{number} workers on {_processors(arm.throughput.cores)}",
            (predicted, predicted - half, predicted + half),
            measured,
        )


def logins(arm: str, memory: StoreMemory) -> Iterator[HeldOut]:
    """Predict the store's memory at the highest count from the lower half of the counts."""
    half = (len(memory.counts) + 1) // 2
    line = line_through(memory.counts[:half], memory.bytes[:half])
    if line is None or len(memory.counts) != len(memory.bytes):
        return
    at = memory.counts[-1]
    yield _checked(
        arm,
        "store memory",
        "bytes",
        f"up to {counted(memory.counts[half - 1], 'login', form=',.0f')}",
        f"{counted(at, 'login', form=',.0f')}",
        line.predict(at),
        float(memory.bytes[-1]),
    )


def _checked(
    arm: str,
    what: str,
    unit: str,
    fitted_on: str,
    predicted_for: str,
    prediction: tuple[float, float, float],
    measured: float,
) -> HeldOut:
    predicted, low, high = prediction
    return HeldOut(
        arm=arm,
        what=what,
        unit=unit,
        fitted_on=fitted_on,
        predicted_for=predicted_for,
        predicted=predicted,
        low=low,
        high=high,
        measured=measured,
        inside=low <= measured <= high,
    )


def _processors(count: int) -> str:
    return counted(count, "processor")


def _busy(rung: RungSummary) -> float:
    return rung.achieved_rps * (rung.cpu_app_us.value or 0.0) / 1e6


def _error(rung: RungSummary) -> float | None:
    """Standard error of the busy cores of a rate; None: unknown."""
    cost = rung.cpu_app_us
    if cost.value is None or cost.low is None or cost.high is None:
        return None
    return rung.achieved_rps * (cost.high - cost.low) / 2 / _Z / 1e6


def _line_at(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], errors: npt.NDArray[np.float64], at: float
) -> tuple[float, float]:
    """A line through points of known errors (weighted least squares), and its error at `at`."""
    weights = 1 / np.maximum(errors, 1e-12) ** 2
    design = np.stack([np.ones_like(x), x], axis=1)
    covariance = np.linalg.inv(design.T @ (weights[:, None] * design))
    fitted = covariance @ (design.T @ (weights * y))
    row = np.array([1.0, at])
    return float(row @ fitted), float(np.sqrt(row @ covariance @ row))


def in_words(checks: Sequence[HeldOut]) -> str:
    """'11 of 12 predictions lie inside their 95 % interval'."""
    inside = sum(check.inside for check in checks)
    return f"{inside} of {counted(len(checks), 'prediction')} lie inside their 95 % interval"
