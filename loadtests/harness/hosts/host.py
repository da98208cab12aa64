"""The contract of a host: where servers of arms and the store run, and where what they use is read."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from authbench.contracts.hosts.agent_protocol import ServerStart
from authbench.contracts.records import Machine
from authbench.contracts.target.whose_cpu import WhoseCpu
from authbench.system.certificate import Certificate
from loadtests.harness.processes.placement import Layout
from loadtests.harness.processes.redis_server import RunningRedis
from loadtests.harness.processes.running_server import RunningServer
from loadtests.harness.telemetry.cpu_clock import CpuOwner


class Host(ABC):
    """One host of a run: this machine, or one behind an agent.

    It has one server for each arm, and one store, at a time, and lays out what they keep from one generation
    to the next: keys, sessions, snapshots.
    """

    name: str
    """What failures and records call it."""
    layout: Layout
    """Its processors, by its own numbers."""
    first_processor: int
    """What is added to a processor's number where a record speaks of several hosts."""
    machine: Machine
    round_trip_us: float | None
    """The least time of an order and its answer; None: this machine."""

    @abstractmethod
    def check_store(self) -> None:
        """Failure in one line if no store server could be started here. Starts nothing."""

    @abstractmethod
    def start_store(self, address: str) -> RunningRedis:
        """Start a store at an address, with what was saved here. It answers this machine. Else Failure."""

    @abstractmethod
    def start_server(self, start: ServerStart, tls: Certificate | None) -> RunningServer:
        """Start the server of an arm, with the keys and sessions of the one before it, and return at once."""

    @abstractmethod
    def save_sessions(self, arm: str) -> None:
        """Keep the sessions in an arm's own SQL store as they are now, for its next server."""

    @abstractmethod
    def observe(self, arm: str | None, whose: WhoseCpu) -> CpuOwner:
        """Find the server of an arm that was not started here, and read it in the arm's slices.

        None instead of an arm: the store, read in all slices. Failure in one line where it cannot be found.
        """

    @abstractmethod
    def begin_readings(self, arm: str) -> None:
        """Read the telemetry of the host, and of an arm's server and the store where they run here."""

    @abstractmethod
    def end_readings(self, arm: str) -> dict[str, Any]:
        """Read it again: fields of the slice's record by name, processors by their own numbers."""

    def numbered(self, cpus: Iterable[int]) -> list[int]:
        """Processors by the numbers that records have."""
        return [self.first_processor + cpu for cpu in cpus]

    def numbered_readings(self, told: dict[str, Any]) -> dict[str, Any]:
        """Readings whose processors have the numbers that records have."""
        return {
            name: {self.first_processor + cpu: each for cpu, each in value.items()}
            if isinstance(value, dict)
            else value
            for name, value in told.items()
        }
