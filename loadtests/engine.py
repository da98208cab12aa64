"""The generator's process: Locust runs one user, and that user carries out the front door's orders.

`python -m loadtests.engine` speaks `loadtests.generator_protocol` on stdin and stdout. It ends with its
parent: at EOF on stdin, or killed by the kernel (`loadtests.harness.guard` sees to that).
"""

import os
import platform
import resource
import statistics
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import NoReturn

import numpy as np
from gevent.fileobject import FileObjectPosix
from gevent.queue import Queue
from locust.env import Environment

from loadtests import generator_protocol as protocol
from loadtests.arrivals import draw_credentials, poisson_schedule
from loadtests.closed_loop import ClosedLoop
from loadtests.dispatcher import OpenLoop, collector_paused
from loadtests.open_loop_user import OpenLoopUser
from loadtests.recorder import count_outcomes, longest_silence_ns
from loadtests.request_bytes import lay_out_request
from loadtests.transport import ConnectionPool


@dataclass(frozen=True)
class Arm:
    """An arm ready to be sent to."""

    pool: ConnectionPool
    requests: list[bytes]
    expected: list[bytes]


class Engine:
    """Carries out one order at a time. `out` is the descriptor replies are written to."""

    def __init__(self, out: int) -> None:
        self._out = out
        self._arms: dict[str, Arm] = {}

    def say(self, message: protocol.Message) -> None:
        """Write one line."""
        line = message.model_dump_json().encode() + b"\n"
        while line:
            line = line[os.write(self._out, line) :]

    def obey(self, order: protocol.Order) -> None:
        """Carry out an order and say how it went. Never raises for what the order is to blame for."""
        try:
            self.say(self._reply_to(order))
        except Exception as error:  # told to the front door, which decides
            self.say(protocol.ErrorReply(error=one_line(error)))

    def _reply_to(self, order: protocol.Order) -> protocol.Message:
        match order:
            case protocol.ArmOrder():
                return self._arm(order)
            case protocol.SliceOrder():
                return self._slice(order)
            case protocol.ClosedLoopOrder():
                return self._closed_loop(order)
            case protocol.ForgetOrder():
                self._known(order.arm).pool.close()
                del self._arms[order.arm]
                return protocol.ForgetReply()
            case protocol.QuitOrder():
                os._exit(0)

    def _known(self, name: str) -> Arm:
        if name not in self._arms:
            raise protocol.GeneratorError(f"no arm {name!r}; armed: {', '.join(self._arms) or 'none'}")
        return self._arms[name]

    def _arm(self, order: protocol.ArmOrder) -> protocol.ArmReply:
        if order.arm in self._arms:
            self._arms.pop(order.arm).pool.close()
        credentials = protocol.read_credentials(order.credentials)
        requests = [
            lay_out_request(order.method, order.path, order.host, order.port, credential.headers)
            for credential in credentials
        ]
        pool = ConnectionPool(order.host, order.port, order.connections)
        try:
            pool.grow()
        except OSError:
            pool.close()
            raise
        self._arms[order.arm] = Arm(pool, requests, [c.body.encode() for c in credentials])
        return protocol.ArmReply(
            requests=len(requests),
            request_bytes_median=statistics.median(map(len, requests)),
            connections=len(pool),
        )

    def _slice(self, order: protocol.SliceOrder) -> protocol.SliceReply:
        arm = self._known(order.arm)
        schedule = poisson_schedule(order.rate_rps, order.duration_s, order.seed)
        drawn = draw_credentials(len(schedule), len(arm.requests), order.seed)
        loop = OpenLoop(
            arm.pool,
            arm.requests,
            arm.expected,
            schedule,
            drawn,
            duration_s=order.duration_s,
            cap=order.in_flight_cap,
            drain_s=order.drain_s,
        )
        arm.pool.grow()
        with collector_paused():
            start_ns = time.monotonic_ns() + order.start_in_ns
            self.say(protocol.Armed(start_ns=start_ns))
            loop.begin(start_ns)
            window = loop.wait()
            self.say(protocol.Drained(drained_ns=window.drained_ns))
        loop.rows.save(order.rows)
        columns = loop.rows.columns()
        outcomes = count_outcomes(columns)
        return protocol.SliceReply(
            started_ns=window.started_ns,
            drained_ns=window.drained_ns,
            scheduled=len(schedule),
            sent=int(np.count_nonzero(columns["sent_ns"] >= 0)),
            completed=int(np.count_nonzero(columns["status"] > 0)),
            accepted=outcomes.get("ACCEPTED", 0),
            unsent=outcomes.get("UNSENT", 0),
            in_flight_max=window.in_flight_max,
            in_flight_cap=window.in_flight_cap,
            distinct_credentials=len(np.unique(drawn)),
            connections_opened=window.connections_opened,
            idle_closed=window.idle_closed,
            longest_silence_ns=longest_silence_ns(columns),
            outcomes=outcomes,
            generator_cpu_ns=window.cpu_ns,
        )

    def _closed_loop(self, order: protocol.ClosedLoopOrder) -> protocol.ClosedLoopReply:
        arm = self._known(order.arm)
        arm.pool.grow(max(order.connections, arm.pool.size))
        order_of_use = draw_credentials(len(arm.requests), len(arm.requests), order.seed)
        loop = ClosedLoop(
            arm.pool, arm.requests, arm.expected, order_of_use, order.duration_s, order.connections
        )
        with collector_paused():
            result = loop.run()
        return protocol.ClosedLoopReply(
            completed=result.completed,
            accepted=result.accepted,
            failed=result.failed,
            elapsed_s=result.elapsed_s,
        )


def one_line(error: Exception) -> str:
    """What went wrong, for a reader of a log. A fault of our own is named by its type."""
    text = " ".join(str(error).split())
    if isinstance(error, protocol.GeneratorError | OSError | ValueError):
        return text or type(error).__name__
    return f"{type(error).__name__}: {text}"


def main() -> NoReturn:
    """Say ready, then obey until told to quit."""
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints, prints to stderr
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    engine = Engine(out)
    orders: Queue = Queue()

    class ObedientUser(OpenLoopUser):
        """One turn is one order."""

        def turn(self) -> None:
            engine.obey(orders.get())

    environment = Environment(user_classes=[ObedientUser])
    environment.create_local_runner().start(1, spawn_rate=1)
    engine.say(
        protocol.Ready(
            pid=os.getpid(),
            versions={
                "locust": version("locust"),
                "gevent": version("gevent"),
                "python": platform.python_version(),
            },
        )
    )
    for line in FileObjectPosix(sys.stdin.fileno(), "rb", closefd=False):
        try:
            order = protocol.parse_order(line)
        except protocol.GeneratorError as error:
            engine.say(protocol.ErrorReply(error=str(error)))
            continue
        if isinstance(order, protocol.QuitOrder):
            break
        orders.put(order)
    os._exit(0)


if __name__ == "__main__":
    main()
