"""One slice: one arm under load for a moment, with every counter read at its two edges."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from authbench.contracts.card import CacheState, Card, Operation
from authbench.contracts.experiment import Share, Workload
from authbench.contracts.generator_protocol import SliceLoad
from authbench.contracts.measuring_protocol import Counters
from authbench.contracts.records import CanaryResult, LoadCounts, ProbeReading, Purpose, SliceRecord
from loadtests.harness.hosts.host import Host
from loadtests.harness.load.generators import Columns, Generators
from loadtests.harness.population import Population, housekeeping
from loadtests.harness.processes.running_server import RunningServer
from loadtests.harness.processes.second_client import SecondClient
from loadtests.harness.telemetry.reading import put_together
from loadtests.harness.telemetry.readings import find_readings
from loadtests.harness.telemetry.store_counters import EdgeMeter, subtract, together
from loadtests.harness.verification.canaries import canaries_of

_SATURATING_CONNECTIONS = 32
"""Requests always in flight in a saturated slice, at least. Where one takes R = 2 ms without using the core,
16 of them cannot fill a core that serves 8,000 a second (X <= N / R); more take longer to drain."""
_DRAIN_S = 10.0
"""How long the harness waits for the generator beyond the slice; the generator gives up earlier."""


class Measurable(Protocol):
    """An arm as a slice needs it, whoever serves it."""

    @property
    def operation(self) -> Operation | None:
        """The one that it is asked; None: the workload's."""
        ...

    def counters(self) -> Counters | None:
        """What its server counted until now; None: it does not say."""
        ...

    def statements(self) -> dict[str, int]:
        """Statements to an SQL store until now; empty where none is counted."""
        ...

    def housekeeping(self, workload: Workload) -> Sequence[Share]:
        """The requests that its clients send besides what users ask for."""
        ...

    def canaries(self) -> list[CanaryResult]:
        """Send it credentials that must be refused, over a connection of its own, between slices."""
        ...


@dataclass(frozen=True)
class ArmUnderTest:
    """One arm of a generation, ready to be measured."""

    server: RunningServer
    card: Card
    population: Population
    cache: CacheState | None = None
    operation: Operation | None = None
    """The one that it is asked; None: the workload's."""
    fresh_connections: bool = False
    """Whether each request comes over a connection of its own."""
    packages: Mapping[str, str | None] = field(default_factory=dict)
    """By canonical name, the version of each package in which its environment differs; None: not there."""

    def counters(self) -> Counters:
        return self.server.counters()

    def statements(self) -> dict[str, int]:
        """Redis counts for itself; an SQL store is counted by the engine inside the server."""
        return self.server.store_statements() if self.card.asks_sql else {}

    def housekeeping(self, workload: Workload) -> Sequence[Share]:
        return housekeeping(workload, self.card)

    def canaries(self) -> list[CanaryResult]:
        with self.server.connect() as connection:
            tried = canaries_of(connection, self.card, self.population)
        return [
            CanaryResult(kind=each.kind, expected_status=each.expected_status, status=each.reply.status)
            for each in tried
        ]


@dataclass(frozen=True)
class SliceSetting:
    """Where a slice stands and what is offered in it: the first fields of its record."""

    generation: int
    cycle: int
    position: int
    attempt: int
    arm: str
    offered_rate_rps: float
    duration_s: float
    schedule_seed: int
    purpose: Purpose = "main"

    @property
    def saturated(self) -> bool:
        return self.purpose == "saturated"


@dataclass
class SliceMeter:
    """Measures slices, one at a time."""

    generators: Generators
    second_client: SecondClient
    stores: Sequence[EdgeMeter]
    """Stores that are asked what they counted."""
    hosts: Sequence[Host]
    """Every host on which something of a slice is read."""
    workload: Workload

    def __post_init__(self) -> None:
        self._readings = find_readings()

    def measure(
        self, setting: SliceSetting, arm: Measurable, meanwhile: Callable[[int], None] | None = None
    ) -> tuple[SliceRecord, Columns]:
        """Offer the load, read the counters before and after it, then send the canaries.

        A saturated slice is a closed loop, and the second client does not watch it: it has no latency.
        `meanwhile` is for drills: called once with the slice's start (CLOCK_MONOTONIC, ns), under load.
        """
        served_before = arm.counters()
        statements_before = arm.statements()
        counted_by = [store.begin() for store in self.stores]
        start_ns = self._begin(setting, arm)
        if not setting.saturated:
            self.second_client.begin(setting.arm, start_ns, setting.duration_s, setting.schedule_seed)
        for host in self.hosts:
            host.begin_readings(setting.arm)

        if meanwhile is not None:
            meanwhile(start_ns)
        self.generators.wait_until_drained(setting.duration_s + _DRAIN_S)
        seen: ProbeReading | None = None if setting.saturated else self.second_client.reading()
        told = [host.numbered_readings(host.end_readings(setting.arm)) for host in self.hosts]
        readings = put_together(self._readings, told)
        counts = vars(together([counted() for counted in counted_by]))
        served = arm.counters()
        statements = subtract(arm.statements(), statements_before)
        load = self.generators.finish_slice()

        record = SliceRecord(
            **asdict(setting),
            window_ns=load.reply.drained_ns - load.reply.started_ns,
            **load.reply.model_dump(include=set(LoadCounts.model_fields)),
            generator_busiest_ns=load.busiest_ns,
            clocks=dict(load.clocks),
            **readings,
            probe=seen,
            **_counted(served_before, served),
            **{**counts, "store_commands": counts["store_commands"] | statements},
            canaries=arm.canaries(),
        )
        return record, load.columns

    def _begin(self, setting: SliceSetting, arm: Measurable) -> int:
        """Lay out the load; return when it starts (monotonic ns)."""
        workload = self.workload.alone(arm.operation)
        connections = workload.connections
        if setting.saturated:
            connections = max(connections, _SATURATING_CONNECTIONS)
        load = SliceLoad(
            arm=setting.arm,
            rate_rps=None if setting.saturated else setting.offered_rate_rps,
            duration_s=setting.duration_s,
            seed=setting.schedule_seed,
            operations=_shares(workload.operations),
            housekeeping=_shares(arm.housekeeping(workload)),
            draw=workload.draw,
            zipf_exponent=workload.zipf_exponent,
            loop="closed" if setting.saturated else workload.loop,
            closed_connections=connections,
        )
        return self.generators.begin_slice(load)


def _counted(before: Counters | None, after: Counters | None) -> dict[str, Any]:
    """Fields of the record that the server itself counted; None where it does not say."""
    if before is None or after is None:
        return {"server_requests": None, "server_in_flight_ns": None}
    return {
        "password_cpu_ns": after.password_cpu_ns - before.password_cpu_ns,
        "server_requests": after.requests_total - before.requests_total,
        "server_in_flight_ns": after.in_flight_ns - before.in_flight_ns,
    }


def _shares(parts: Sequence[Share]) -> dict[Operation, float]:
    return {part.operation: part.share for part in parts}
