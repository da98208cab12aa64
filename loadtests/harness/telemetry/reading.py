"""The contract of a telemetry reading: a value read before and after the load of a slice, at each host.

Both times the server is idle: before the first request is due, and after the last one is answered.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from loadtests.harness.telemetry.cpu_clock import CpuOwner


@dataclass(frozen=True)
class Observed:
    """The processes and processors of a slice, as far as they are of one host."""

    server: CpuOwner | None
    """None: the server is on another host, or its processes are not known."""
    store: CpuOwner | None
    """None: the store is on another host, or its processes are not known."""
    harness_pids: Sequence[int]
    """Processes that work for the harness; no arm is charged for them."""
    cpus: Sequence[int]


class Reading(ABC):
    """One value. A concrete class in `readings/` is used for every slice."""

    name: ClassVar[str]
    """The field of `authbench.contracts.records.SliceRecord` that the reading fills."""

    @abstractmethod
    def read(self, observed: Observed) -> Any:
        """Read the value now; None if this machine does not tell it. OSError if a process is gone."""

    def between(self, before: Any, after: Any) -> Any:
        """What is recorded of the slice: the difference, or None if one of the two values is missing."""
        return None if before is None or after is None else after - before

    def together(self, told: Sequence[Any]) -> Any:
        """What is recorded of all hosts, each of which told its own.

        Values by processor are put beside each other, numbers are added up; None where no host has one.
        """
        known = [each for each in told if each is not None]
        if known and isinstance(known[0], Mapping):
            return {cpu: value for each in known for cpu, value in each.items()}
        return sum(known) if known else None


class Telemetry:
    """All readings of one slice. They are read for the first time when this object is made."""

    def __init__(self, readings: Sequence[Reading], observed: Observed) -> None:
        """OSError if one of the processes is gone."""
        self._readings = readings
        self._observed = observed
        self._before = self._read()

    def since_start(self) -> dict[str, Any]:
        """Read again: the fields of the slice's record by name. OSError if one of the processes is gone."""
        pairs = zip(self._readings, self._before, self._read(), strict=True)
        return {reading.name: reading.between(before, after) for reading, before, after in pairs}

    def _read(self) -> list[Any]:
        return [reading.read(self._observed) for reading in self._readings]


def put_together(readings: Sequence[Reading], told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The fields of a slice's record, from what each host read of it."""
    return {each.name: each.together([own[each.name] for own in told]) for each in readings}
