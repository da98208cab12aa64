"""One slice: one arm under load for a moment, with every counter read at its two edges."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from authbench.card import Card
from authbench.experiment import Share, Workload
from authbench.records import CanaryResult, SliceRecord
from loadtests.attacks.forged import canaries
from loadtests.harness.generator import Generator
from loadtests.harness.http_probe import HttpProbe
from loadtests.harness.placement import Layout
from loadtests.harness.population import Population, housekeeping
from loadtests.harness.redis_server import RunningRedis
from loadtests.harness.server import Server
from loadtests.harness.telemetry.cpu_clock import process_cpu_ns, run_queue_wait_ns
from loadtests.harness.telemetry.steal import read_steal, steal_share
from loadtests.harness.telemetry.store_counters import StoreMeter

Columns = Mapping[str, npt.NDArray[np.int64]]

_LEAD_NS = 15_000_000
"""From the generator's last preparation to the first possible request: the harness reads the clocks here."""
_DRAIN_S = 10.0
"""How long the harness waits for the generator beyond the slice; the generator gives up earlier."""


@dataclass(frozen=True)
class ArmUnderTest:
    """One arm of a generation, ready to be measured."""

    server: Server
    card: Card
    population: Population


@dataclass(frozen=True)
class SlicePlan:
    """Where a slice stands and what is offered in it."""

    generation: int
    cycle: int
    position: int
    attempt: int
    arm: str
    rate_rps: float
    duration_s: float
    seed: int
    purpose: Literal["main", "ladder"] = "main"


class SliceMeter:
    """Measures slices, one at a time."""

    def __init__(
        self, generator: Generator, store: RunningRedis, layout: Layout, scratch: Path, workload: Workload
    ) -> None:
        self._generator = generator
        self._workload = workload
        self._store_pid = store.child.pid if store.child else None
        self._store_meter = StoreMeter(store.client)
        self._layout = layout
        self._rows = scratch / "rows.npz"

    def measure(
        self, plan: SlicePlan, arm: ArmUnderTest, meanwhile: Callable[[int], None] | None = None
    ) -> tuple[SliceRecord, Columns]:
        """Offer the load, read the edges, then send the canaries: the record and the sample columns.

        `meanwhile` is for drills: called once with the slice's start (CLOCK_MONOTONIC, ns), under load.
        """
        server, store_pid = arm.server, self._store_pid
        served_before = server.counters()
        counters_before = self._store_meter.read()
        self._generator.start_order(
            "slice",
            arm=plan.arm,
            rate_rps=plan.rate_rps,
            duration_s=plan.duration_s,
            seed=plan.seed,
            start_in_ns=_LEAD_NS,
            rows=str(self._rows),
            operations=_shares(self._workload.operations),
            housekeeping=_shares(housekeeping(self._workload, arm.card)),
            draw=self._workload.draw,
            zipf_exponent=self._workload.zipf_exponent,
            loop=self._workload.loop,
            closed_connections=self._workload.connections,
        )
        start_ns = self._generator.event("armed")["start_ns"]
        steal_before = read_steal(self._layout.all, time.monotonic_ns())
        wait_before = run_queue_wait_ns(server.pid)
        store_before = process_cpu_ns(store_pid) if store_pid else 0
        app_before = process_cpu_ns(server.pid)

        if meanwhile is not None:
            meanwhile(start_ns)
        self._generator.event("drained", plan.duration_s + _DRAIN_S)
        app_after = process_cpu_ns(server.pid)
        store_after = process_cpu_ns(store_pid) if store_pid else 0
        wait_after = run_queue_wait_ns(server.pid)
        steal_after = read_steal(self._layout.all, time.monotonic_ns())
        counters = self._store_meter.since(counters_before)
        served = server.counters()
        told = self._generator.answer()

        record = SliceRecord(
            generation=plan.generation,
            cycle=plan.cycle,
            position=plan.position,
            attempt=plan.attempt,
            arm=plan.arm,
            offered_rate_rps=plan.rate_rps,
            duration_s=plan.duration_s,
            schedule_seed=plan.seed,
            purpose=plan.purpose,
            window_ns=told["drained_ns"] - told["started_ns"],
            **{name: told[name] for name in _TOLD_BY_GENERATOR},
            app_cpu_ns=app_after - app_before,
            password_cpu_ns=served["password_cpu_ns"] - served_before["password_cpu_ns"],
            app_run_queue_wait_ns=None
            if wait_before is None or wait_after is None
            else wait_after - wait_before,
            store_cpu_ns=store_after - store_before if store_pid else None,
            steal=steal_share(steal_before, steal_after),
            server_requests=served["requests_total"] - served_before["requests_total"],
            store_commands=counters.application,
            harness_commands=counters.harness,
            store_bytes_in=counters.bytes_in,
            store_bytes_out=counters.bytes_out,
            store_connections_opened=counters.connections,
            canaries=send_canaries(arm),
        )
        return record, self._read_rows()

    def _read_rows(self) -> Columns:
        with np.load(self._rows) as rows:
            columns = {name: np.asarray(rows[name], dtype=np.int64) for name in rows.files}
        self._rows.unlink()
        return columns


_TOLD_BY_GENERATOR = (
    "scheduled",
    "sent",
    "completed",
    "accepted",
    "user_completed",
    "accepted_by_operation",
    "sent_by_operation",
    "unsent",
    "in_flight_max",
    "in_flight_cap",
    "distinct_credentials",
    "connections_opened",
    "idle_closed",
    "longest_silence_ns",
    "generator_cpu_ns",
)


def _shares(parts: Sequence[Share]) -> dict[str, float]:
    return {part.operation: part.share for part in parts}


def send_canaries(arm: ArmUnderTest) -> list[CanaryResult]:
    """One request with each kind of credential, over a connection of its own, between slices."""
    people = arm.population
    expired = people.expired.pop() if people.expired else None
    results = []
    with HttpProbe(arm.server.host, arm.server.port) as probe:
        for canary in canaries(people.good[0], expired, arm.card.authenticates):
            status = probe.request("GET", "/me", canary.headers).status
            results.append(
                CanaryResult(kind=canary.kind, expected_status=canary.expected_status, status=status)
            )
    return results
