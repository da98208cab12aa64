"""One slice: one arm under load for a moment, with every counter read at its two edges."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from authbench.contracts.card import CacheState, Card, Operation
from authbench.contracts.experiment import Share, Workload
from authbench.contracts.generator_protocol import SliceLoad
from authbench.contracts.records import CanaryResult, LoadCounts, ProbeReading, Purpose, SliceRecord
from loadtests.harness.load.generators import Columns, Generators
from loadtests.harness.population import Population, housekeeping
from loadtests.harness.processes.placement import Layout
from loadtests.harness.processes.redis_server import RunningRedis
from loadtests.harness.processes.second_client import SecondClient
from loadtests.harness.processes.server import Server
from loadtests.harness.telemetry.reading import Observed, Telemetry
from loadtests.harness.telemetry.readings import find_readings
from loadtests.harness.telemetry.store_counters import StoreMeter, subtract
from loadtests.harness.verification.canaries import canaries_of

_SATURATING_CONNECTIONS = 32
"""Requests always in flight in a saturated slice, at least. Where one takes R = 2 ms without using the core,
16 of them cannot fill a core that serves 8,000 a second (X <= N / R); more take longer to drain."""
_DRAIN_S = 10.0
"""How long the harness waits for the generator beyond the slice; the generator gives up earlier."""


@dataclass(frozen=True)
class ArmUnderTest:
    """One arm of a generation, ready to be measured."""

    server: Server
    card: Card
    population: Population
    cache: CacheState | None = None
    operation: Operation | None = None
    """The one that it is asked; None: the workload's."""


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
    store: RunningRedis
    layout: Layout
    workload: Workload
    proxy_pids: Sequence[int]

    def __post_init__(self) -> None:
        self._store_meter = StoreMeter(self.store.client)
        self._readings = find_readings()

    def measure(
        self, setting: SliceSetting, arm: ArmUnderTest, meanwhile: Callable[[int], None] | None = None
    ) -> tuple[SliceRecord, Columns]:
        """Offer the load, read the counters before and after it, then send the canaries.

        A saturated slice is a closed loop, and the second client does not watch it: it has no latency.
        `meanwhile` is for drills: called once with the slice's start (CLOCK_MONOTONIC, ns), under load.
        """
        server = arm.server
        served_before = server.counters()
        statements_before = self._statements(arm)
        counters_before = self._store_meter.read()
        start_ns = self._begin(setting, arm)
        if not setting.saturated:
            self.second_client.begin(setting.arm, start_ns, setting.duration_s, setting.schedule_seed)
        store_pid = self.store.child.pid if self.store.child else None
        observed = Observed(server.pids, store_pid, self.proxy_pids, self.layout.all)
        telemetry = Telemetry(self._readings, observed)

        if meanwhile is not None:
            meanwhile(start_ns)
        self.generators.wait_until_drained(setting.duration_s + _DRAIN_S)
        seen: ProbeReading | None = None if setting.saturated else self.second_client.reading()
        readings = telemetry.since_start()
        counters = self._store_meter.since(counters_before)
        served = server.counters()
        statements = subtract(self._statements(arm), statements_before)
        load = self.generators.finish_slice()

        record = SliceRecord(
            **asdict(setting),
            window_ns=load.reply.drained_ns - load.reply.started_ns,
            **load.reply.model_dump(include=set(LoadCounts.model_fields)),
            generator_busiest_ns=load.busiest_ns,
            clocks=dict(load.clocks),
            password_cpu_ns=served.password_cpu_ns - served_before.password_cpu_ns,
            **readings,
            probe=seen,
            server_requests=served.requests_total - served_before.requests_total,
            server_in_flight_ns=served.in_flight_ns - served_before.in_flight_ns,
            store_commands=counters.application | statements,
            store_usec=counters.application_usec,
            harness_commands=counters.harness,
            store_bytes_in=counters.bytes_in,
            store_bytes_out=counters.bytes_out,
            store_connections_opened=counters.connections,
            canaries=send_canaries(arm),
        )
        return record, load.columns

    def _begin(self, setting: SliceSetting, arm: ArmUnderTest) -> int:
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
            housekeeping=_shares(housekeeping(workload, arm.card)),
            draw=workload.draw,
            zipf_exponent=workload.zipf_exponent,
            loop="closed" if setting.saturated else workload.loop,
            closed_connections=connections,
        )
        return self.generators.begin_slice(load)

    @staticmethod
    def _statements(arm: ArmUnderTest) -> dict[str, int]:
        """Redis counts for itself; statements are counted by the engine inside the server."""
        return arm.server.store_statements() if arm.card.asks_sql else {}


def _shares(parts: Sequence[Share]) -> dict[Operation, float]:
    return {part.operation: part.share for part in parts}


def send_canaries(arm: ArmUnderTest) -> list[CanaryResult]:
    """Send the arm forged credentials, over a connection of its own, between slices."""
    with arm.server.connect() as connection:
        canaries = canaries_of(connection, arm.card, arm.population)
    return [
        CanaryResult(kind=each.kind, expected_status=each.expected_status, status=each.reply.status)
        for each in canaries
    ]
