"""The contract of a drill: a failure caused under load for a second, which the figures must show."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from authbench.contracts.records import SliceRecord
from authbench.system.discovery import find_classes
from loadtests.harness.processes.server import Server


class Drill(ABC):
    """One kind of failure. `authbench drill NAME` finds every concrete class in this folder."""

    name: ClassVar[str]
    summary: ClassVar[str]
    """What the drill does, in one line for its list."""

    @abstractmethod
    def begin(self, server: Server) -> None:
        """Cause the failure, under load."""

    @abstractmethod
    def end(self, server: Server) -> None:
        """End the failure. Also called when the drill is interrupted."""


def find_drills() -> dict[str, type[Drill]]:
    """Every drill of this folder by its name."""
    from loadtests import drills

    return find_classes(drills, Drill)


@dataclass(frozen=True)
class DrillResult:
    """What was seen of the server during a drill, and what the load generator saw of it.

    Two rules judge it: V36, whether the failure took place; V04, whether the figures show it.
    """

    arm: str
    rate_rps: float
    stopped_ns: int
    """When the failure began, from the slice's start, like every time below."""
    continued_ns: int
    due_ns: npt.NDArray[np.int64]
    done_ns: npt.NDArray[np.int64]
    """-1: never."""
    states_before: Sequence[str]
    """Of the server's process, as in /proc/PID/stat: T is stopped."""
    states_during: Sequence[str]
    states_after: Sequence[str]
    control_answers: int
    """PINGs that the store, which the drill leaves alone, answered during the failure."""
    record: SliceRecord

    @property
    def frozen_s(self) -> float:
        return (self.continued_ns - self.stopped_ns) / 1e9

    @property
    def longest_response_s(self) -> float:
        """From when the request was due; 0 if none was answered."""
        answered = self.done_ns >= 0
        return float((self.done_ns - self.due_ns)[answered].max(initial=0) / 1e9)
