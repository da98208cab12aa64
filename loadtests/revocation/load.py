"""Reads of other users' credentials at a steady rate, while credentials are revoked."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from authbench.contracts.card import Operation
from authbench.contracts.experiment import find_workload
from authbench.contracts.failure import Failure
from authbench.contracts.generator_protocol import SliceLoad
from authbench.contracts.records import Outcome
from loadtests.harness.load.generators import Generators
from loadtests.harness.population import lay_out_reads, seed_population
from loadtests.harness.processes.server import Server
from loadtests.revocation.workers import only_worker

_CREDENTIALS = 100
_SLICE_S = 0.5
"""The load turns from worker process to worker process so often: each is an arm of its own to it."""
_DRAIN_S = 15.0


@dataclass
class LoadSeen:
    """What came of the load of one server."""

    sent: int = 0
    accepted: int = 0
    duration_s: float = 0.0


class Load:
    """Loads one server in a thread of its own. Close it to close its connections."""

    def __init__(self, server: Server, generators: Generators, rate_rps: float, seed: int) -> None:
        self._generators = generators
        self._rate_rps = rate_rps
        self._seed = seed
        self.seen = LoadSeen()
        workload = find_workload("read").model_copy(update={"credentials": _CREDENTIALS})
        reads = lay_out_reads(server, seed_population(server, server.card(), workload, None))
        self._labels = [f"worker-{worker}" for worker in range(len(server.pids))]
        for worker, label in enumerate(self._labels):
            with only_worker(server.pids, worker):
                generators.arm(label, server.host, server.port, {Operation.READ: reads})

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Load the server until the block ends. Failure if the generators fail."""
        ending = threading.Event()
        failures: list[Failure] = []
        thread = threading.Thread(target=self._run, args=(ending, failures), name="load", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join(_DRAIN_S)
        if failures:
            raise failures[0]

    def _run(self, ending: threading.Event, failures: list[Failure]) -> None:
        turn = 0
        try:
            while not ending.is_set():
                label = self._labels[turn % len(self._labels)]
                load = SliceLoad(
                    arm=label,
                    rate_rps=self._rate_rps,
                    duration_s=_SLICE_S,
                    seed=self._seed + turn,
                    operations={Operation.READ: 1.0},
                )
                reply = self._generators.offer(load).reply
                self.seen.sent += reply.sent
                self.seen.accepted += reply.outcomes.get(Outcome.ACCEPTED.name, 0)
                self.seen.duration_s += _SLICE_S
                turn += 1
        except Failure as failure:
            failures.append(failure)

    def close(self) -> None:
        """Close the connections to the server, which may be gone."""
        for label in self._labels:
            with contextlib.suppress(Failure):
                self._generators.forget(label)
