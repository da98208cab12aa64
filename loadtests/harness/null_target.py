"""The generator by itself: against a server that does nothing, at the rate of a run and as fast as it can.

What it shows there is no server's. The first is the floor under every latency of this machine; the second is
what the generator costs, and so how far it is from being the bottleneck (MLPerf's null system under test).
"""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt

from authbench.contracts.calibration import ClosedRound, NullReadings, OpenRound
from authbench.contracts.card import Operation
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.generator_protocol import CONNECTIONS, PlannedRequest, SliceLoad
from authbench.contracts.records import Outcome
from loadtests.harness.processes.generator import LineReader
from loadtests.harness.processes.generators import Generators, LoadReading
from loadtests.harness.processes.placement import Layout, available_processors, plan_layout
from loadtests.harness.processes.processes import Child
from loadtests.harness.processes.scratch import one_measurement_at_a_time, scratch_directory
from loadtests.null_server.server import BODY, TOKEN_BYTES

_REPLY = "two_segments"
"""How the null server answers: head and body apart, as uvicorn does."""
_CREDENTIALS = 1000
_START_S = 30.0
_ANSWER_S = 30.0
_WARM_UP_S = 0.4


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
    """Some rounds of each kind in turn; takes 2 x `rounds` x `round_s` seconds and about three to start.

    The generator and the null server run where generator and application run in `layout`. Failure if a
    request was not answered as it should be.
    """
    with ExitStack() as stack:
        command = [sys.executable, "-m", "loadtests.null_server"]
        server = stack.enter_context(
            Child("the null server", command, layout.app, scratch / "null_server.log")
        )
        generators = Generators(1, layout.generator, scratch)
        stack.callback(generators.stop)
        port = int(LineReader(server).read(_START_S)[_REPLY])
        generators.wait_until_ready()
        planned = PlannedRequest(
            headers={"Authorization": f"Bearer {'x' * TOKEN_BYTES}"}, expect=BODY.decode()
        )
        requests = {Operation.READ: [planned] * _CREDENTIALS}
        generators.arm(_REPLY, "127.0.0.1", port, requests)
        generators.closed_loop(_REPLY, _WARM_UP_S, CONNECTIONS, seed)
        opened, closed = [], []
        for number in range(rounds):
            opened.append(_open_round(generators, rate_rps, round_s, seed + number))
            closed.append(_closed_round(generators, round_s, seed + number))
    return NullReadings(open_rounds=opened, closed_rounds=closed)


def _open_round(generators: Generators, rate_rps: float, duration_s: float, seed: int) -> OpenRound:
    columns = _slice(generators, rate_rps, duration_s, seed).columns
    return OpenRound(
        rate_rps=rate_rps,
        duration_s=duration_s,
        service_ns=(columns["done_ns"] - columns["sent_ns"]).tolist(),
        lateness_ns=(columns["sent_ns"] - columns["due_ns"]).tolist(),
    )


def _closed_round(generators: Generators, duration_s: float, seed: int) -> ClosedRound:
    told = _slice(generators, None, duration_s, seed).told
    return ClosedRound(
        connections=CONNECTIONS,
        duration_s=duration_s,
        completed=told.completed,
        generator_cpu_ns=told.generator_cpu_ns,
    )


def _slice(generators: Generators, rate_rps: float | None, duration_s: float, seed: int) -> LoadReading:
    """An open loop at `rate_rps`; a closed one where that is None."""
    offered = SliceLoad(
        arm=_REPLY,
        rate_rps=rate_rps,
        duration_s=duration_s,
        seed=seed,
        operations={Operation.READ: 1.0},
        loop="closed" if rate_rps is None else "open",
        closed_connections=CONNECTIONS,
    )
    generators.begin_slice(offered, time.monotonic_ns())
    generators.wait_until_drained(duration_s + _ANSWER_S)
    load = generators.finish_slice()
    require_accepted(load.columns["outcome"])
    return load


def require_accepted(outcomes: npt.NDArray[np.int64]) -> None:
    """Failure unless every request was answered, and rightly."""
    wrong = int(np.count_nonzero(outcomes != int(Outcome.ACCEPTED)))
    if wrong:
        raise Failure(
            f"{wrong} of {len(outcomes)} requests to the null server were not answered as they should be: "
            "close what else runs on this machine and calibrate again",
            ExitCode.INVALID,
        )
