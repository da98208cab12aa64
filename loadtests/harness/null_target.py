"""The generator alone: against a server that does nothing, at the rate of a run and as fast as it can.

The first is the floor under every latency of this machine. The second is what the generator costs, and so how
far it is from being the bottleneck (MLPerf's null system under test).
"""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from authbench.contracts.calibration import ClosedRound, NullReadings, OpenRound
from authbench.contracts.card import Operation
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.generator_protocol import CONNECTIONS, PlannedRequest, SliceLoad
from authbench.contracts.records import Outcome
from loadtests.harness.load.generators import Generators, LoadReading
from loadtests.harness.load.pipe import start_engines
from loadtests.harness.processes.placement import Layout, available_processors, plan_layout
from loadtests.harness.processes.processes import Child
from loadtests.harness.processes.scratch import one_measurement_at_a_time, scratch_directory
from loadtests.null_server import BODY, TOKEN_BYTES

_ARM = "null"
_CREDENTIALS = 1000
_START_S = 30.0
_WARM_UP_S = 0.4


class NullTarget:
    """A running null server, and one generator that is ready to load it."""

    def __init__(self, generators: Generators, port: int) -> None:
        self.port = port
        self._generators = generators

    def offer(self, rate_rps: float | None, duration_s: float, seed: int) -> LoadReading:
        """Offer one slice: an open loop at this rate, or a closed loop where it is None."""
        offered = SliceLoad(
            arm=_ARM,
            rate_rps=rate_rps,
            duration_s=duration_s,
            seed=seed,
            operations={Operation.READ: 1.0},
            loop="closed" if rate_rps is None else "open",
            closed_connections=CONNECTIONS,
        )
        return self._generators.offer(offered)


@contextlib.contextmanager
def start_null_target(
    server_cpus: Sequence[int], generator_cpus: Sequence[int], scratch: Path
) -> Iterator[NullTarget]:
    """Start the null server and one generator, warm both up, and stop them at the end."""
    command = [sys.executable, "-m", "loadtests.null_server"]
    with contextlib.ExitStack() as stack:
        log = scratch / "null_server.log"
        server = stack.enter_context(Child("the null server", command, server_cpus, log))
        generators = Generators(start_engines(1, generator_cpus, scratch), scratch)
        stack.callback(generators.stop)
        port = int(server.read(_START_S)["port"])
        generators.wait_until_ready()
        bearer = {"Authorization": f"Bearer {'x' * TOKEN_BYTES}"}
        planned = PlannedRequest(headers=bearer, expect=BODY.decode())
        generators.arm(_ARM, "127.0.0.1", port, {Operation.READ: [planned] * _CREDENTIALS})
        generators.closed_loop_rps(_ARM, _WARM_UP_S, CONNECTIONS, seed=0)
        yield NullTarget(generators, port)


def measure_generator_alone(rate_rps: float, seed: int, say: Callable[[str], None]) -> NullReadings:
    """Measure on this machine's layout, when no run measures; `say` gets a line if that means waiting."""
    with (
        one_measurement_at_a_time(lambda: say("waiting: another run is measuring here")),
        scratch_directory() as scratch,
    ):
        return measure_null(plan_layout(available_processors()), scratch, rate_rps, seed)


def measure_null(
    layout: Layout, scratch: Path, rate_rps: float, seed: int, rounds: int = 5, round_s: float = 1.0
) -> NullReadings:
    """Measure some rounds of each kind in turn: 2 x `rounds` x `round_s` seconds, and about three to start.

    The generator and the null server run where generator and application run in `layout`. Failure if a
    request was not answered as it should be.
    """
    opened, closed = [], []
    with start_null_target(layout.app, layout.generator, scratch) as target:
        for number in range(rounds):
            columns = target.offer(rate_rps, round_s, seed + number).columns
            require_accepted(columns["outcome"])
            opened.append(
                OpenRound(
                    rate_rps=rate_rps,
                    duration_s=round_s,
                    service_ns=(columns["done_ns"] - columns["sent_ns"]).tolist(),
                    lateness_ns=(columns["sent_ns"] - columns["due_ns"]).tolist(),
                )
            )
            load = target.offer(None, round_s, seed + number)
            require_accepted(load.columns["outcome"])
            closed.append(
                ClosedRound(
                    connections=CONNECTIONS,
                    duration_s=round_s,
                    completed=load.reply.completed,
                    generator_cpu_ns=load.reply.generator_cpu_ns,
                )
            )
    return NullReadings(open_rounds=opened, closed_rounds=closed)


def require_accepted(outcomes: npt.NDArray[np.int64]) -> None:
    """Failure unless every request was answered as it should be."""
    wrong = int(np.count_nonzero(outcomes != int(Outcome.ACCEPTED)))
    if wrong:
        raise Failure(
            f"{wrong} of {len(outcomes)} requests to the null server were not answered as they should be: "
            "close what else runs on this machine and calibrate again",
            ExitCode.INVALID,
        )
