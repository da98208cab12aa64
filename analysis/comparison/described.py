"""Figures of every arm, to be shown and not judged; with no interval that identical arms disprove."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.data.run import CycleKey, RunData, Since
from analysis.statistics.estimate import Estimate, apart, without_interval
from analysis.statistics.percentiles import PERCENTILES, describe
from authbench.contracts.card import Operation

MEMORY = "memory"
"""The name of what `describe_store_memory` describes."""


@dataclass(frozen=True)
class Described:
    """One kind of figures of every arm."""

    arms: Mapping[str, Mapping[str, Estimate]]
    """By arm and name, such as 'p99'. Where identical arms disprove an interval, no arm has it."""
    disproved: Mapping[str, tuple[Estimate, Estimate]]
    """Figures of the original and of its twin whose intervals have no value in common, by name."""


def describe_arms(
    run: RunData,
    since: Since,
    cycles: Collection[CycleKey] | None = None,
    operation: Operation | None = None,
) -> Described:
    """Describe the users' requests of every arm, or those of one operation, of all cycles or of these."""
    if run.manifest.workload.loop == "closed":
        closed = "a closed loop: the server slows its own load, so its times are of no user"
        return Described({arm: dict.fromkeys(PERCENTILES, Estimate(reason=closed)) for arm in run.arms}, {})
    operations = None if operation is None else [operation]
    return _standing(
        {arm: describe(_pooled(run, arm, since, cycles, operations)) for arm in run.arms},
        run.manifest.experiment.twin,
    )


def describe_store_memory(run: RunData) -> Described:
    """Bytes of one live session of every arm that has some, under the name `MEMORY`."""
    found = {
        arm: {MEMORY: Estimate(value=one.bytes_per_credential, low=one.low, high=one.high)}
        for arm, one in run.manifest.store_memory.items()
    }
    return _standing(found, run.manifest.experiment.twin)


def _standing(found: Mapping[str, Mapping[str, Estimate]], pair: tuple[str, str]) -> Described:
    """Leave out the intervals that the identical arms disprove."""
    twin, original = (found.get(arm, {}) for arm in pair)
    both = twin.keys() & original.keys()
    disproved = {
        name: (original[name], twin[name])
        for name in twin
        if name in both and apart(original[name], twin[name])
    }
    arms = {
        arm: {name: without_interval(one) if name in disproved else one for name, one in own.items()}
        for arm, own in found.items()
    }
    return Described(arms, disproved)


def _pooled(
    run: RunData,
    arm: str,
    since: Since,
    cycles: Collection[CycleKey] | None,
    operations: list[Operation] | None,
) -> dict[int, npt.NDArray[np.float64]]:
    """Pool the milliseconds of an arm's requests by generation."""
    parts: dict[int, list[npt.NDArray[np.float64]]] = {}
    for key, times_ms in run.times_by_cycle(arm, since, operations).items():
        if cycles is None or key in cycles:
            parts.setdefault(key[0], []).append(times_ms)
    return {generation: np.concatenate(own) for generation, own in parts.items()}
