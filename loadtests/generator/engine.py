"""The generator's process: Locust runs one user, and that user carries out the front door's orders.

`python -m loadtests.generator` speaks `contracts.generator_protocol` on stdin and stdout. It ends with its
parent: at EOF on stdin, or killed by the kernel (`loadtests.harness.processes.guard` sees to that).
"""

import gc
import os
import platform
import resource
import ssl
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import numpy as np
from gevent.fileobject import FileObjectPosix
from gevent.queue import Queue
from locust import User, task
from locust.env import Environment

from authbench.contracts import generator_protocol as protocol
from authbench.contracts.card import Operation
from authbench.contracts.message import ErrorReply, Message, OrderError, Reply, read_order
from authbench.contracts.records import Outcome
from authbench.system.kernel import read_host_facts
from loadtests.generator.arm import Arm
from loadtests.generator.closed_loop import ClosedLoop
from loadtests.generator.held_files import HeldFiles
from loadtests.generator.open_loop import OpenLoop
from loadtests.generator.rows import (
    Columns,
    count_operations,
    count_outcomes,
    longest_silence_ns,
    save_columns,
)
from loadtests.generator.window import MeasuredLoop, Window, collector_paused
from loadtests.http.pool import ConnectionPool
from loadtests.http.request import LaidOutRequest, lay_out_operation, lay_out_request
from loadtests.schedule.mix import Mix, open_load

Requests = dict[Operation, list[LaidOutRequest]]


@dataclass(frozen=True)
class LaidOut:
    """The requests of an arm as bytes, which name the server they are for."""

    address: tuple[str, int, bool]
    """Host, port, and whether through TLS."""
    requests: Requests


class Engine:
    """Carries out one order at a time. `out` is the descriptor replies are written to."""

    def __init__(self, out: int) -> None:
        self._out = out
        self._arms: dict[str, Arm] = {}
        self._laid_out: dict[str, LaidOut] = {}
        """Of every arm there was: its servers come and go, its requests stay the same."""
        self._files = HeldFiles()
        self._held: tuple[protocol.SliceOrder, MeasuredLoop] | None = None
        """A slice that is laid out and waits for its start."""

    def say(self, message: Message) -> None:
        line = message.line()
        while line:
            line = line[os.write(self._out, line) :]

    def obey(self, order: protocol.Order) -> None:
        """Carry out an order and report the result. Never raises for a fault of the order."""
        try:
            self.say(self._reply_to(order))
        except Exception as error:  # told to the front door, which decides
            self.say(ErrorReply(error=one_line(error)))

    def _reply_to(self, order: protocol.Order) -> Message:
        match order:
            case protocol.ArmOrder():
                return self._arm(order)
            case protocol.SliceOrder():
                return self._slice(order)
            case protocol.GoOrder():
                return self._go(order)
            case protocol.ClockOrder():
                return protocol.ClockReply(now_ns=time.monotonic_ns())
            case protocol.FetchOrder():
                return self._files.give(order.name, order.number)
            case protocol.PutOrder():
                self._files.put(order.part)
            case protocol.ForgetOrder():
                self._known(order.arm).pool.close()
                del self._arms[order.arm]
            case protocol.QuitOrder():
                os._exit(0)
        return Reply()

    def _known(self, name: str) -> Arm:
        if name not in self._arms:
            raise OrderError(f"no arm {name!r}; armed: {', '.join(self._arms) or 'none'}")
        return self._arms[name]

    def _arm(self, order: protocol.ArmOrder) -> protocol.ArmReply:
        if order.arm in self._arms:
            self._arms.pop(order.arm).pool.close()
        requests = self._requests(order)
        trust = self._trust(order.authority) if order.authority else None
        pool = ConnectionPool(order.host, order.port, order.connections, trust, fresh=order.fresh)
        first = lay_out_request("GET", order.opening, order.host, order.port, {})
        try:
            pool.grow()
            pool.use_each(first)
        except OSError:
            pool.close()
            raise
        self._arms[order.arm] = Arm(order.arm, pool, requests)
        # Requests live as long as their arm: looking through them before every slice would take longer
        # than everything else between two slices.
        gc.collect()
        gc.freeze()
        typical = requests.get(Operation.READ) or next(iter(requests.values()))
        return protocol.ArmReply(
            requests=sum(map(len, requests.values())),
            request_bytes_median=statistics.median(len(request.wire) for request in typical),
            connections=len(pool),
        )

    def _trust(self, authority: Path) -> ssl.SSLContext:
        if authority.is_absolute():
            return ssl.create_default_context(cafile=authority)
        return ssl.create_default_context(cadata=self._files.take(authority).decode())

    def _requests(self, order: protocol.ArmOrder) -> Requests:
        """Those that are kept and those of the file. OrderError if one cannot be had."""
        address = (order.host, order.port, order.authority is not None)
        earlier = self._laid_out.get(order.arm)
        if order.kept and (earlier is None or earlier.address != address):
            raise OrderError(f"no requests of arm {order.arm!r} are kept for {order.host}:{order.port}")
        known = earlier.requests if earlier is not None else {}
        missing = [operation for operation in order.kept if operation not in known]
        if missing:
            raise OrderError(f"no requests of {missing[0]} are kept for arm {order.arm!r}")
        requests = {operation: known[operation] for operation in order.kept}
        if order.requests is not None:
            for operation, each in self._read_requests(order.requests).items():
                requests[operation] = [_lay_out(operation, order, planned) for planned in each]
        self._laid_out[order.arm] = LaidOut(address, requests)
        return requests

    def _read_requests(self, path: Path) -> dict[Operation, list[protocol.PlannedRequest]]:
        if path.is_absolute():
            return protocol.read_requests(path)
        return protocol.parse_requests(self._files.take(path), path)

    def _slice(self, order: protocol.SliceOrder) -> protocol.SliceReply | protocol.Prepared:
        arm = self._known(order.arm)
        arm.pool.grow(max(order.closed_connections, arm.pool.size) if order.loop == "closed" else None)
        loop = measured_loop(arm, order)
        if order.hold:
            self._held = order, loop
            return protocol.Prepared()
        return self._measure(order, loop)

    def _go(self, order: protocol.GoOrder) -> protocol.SliceReply:
        if self._held is None:
            raise OrderError("no slice is held: nothing can begin")
        held, loop = self._held
        self._held = None
        return self._measure(held.model_copy(update={"start_at_ns": order.start_at_ns}), loop)

    def _measure(self, order: protocol.SliceOrder, loop: MeasuredLoop) -> protocol.SliceReply:
        with collector_paused():
            start_ns = _start_of(order)
            self.say(protocol.Armed(start_ns=start_ns))
            loop.begin(start_ns)
            window = loop.wait()
            self.say(protocol.Drained(drained_ns=window.drained_ns))
        columns = loop.columns()
        save_columns(columns, order.rows if order.rows.is_absolute() else self._files.open(order.rows))
        return slice_reply(order, window, columns, loop.distinct_requests)


def _start_of(order: protocol.SliceOrder) -> int:
    """When the slice starts (monotonic ns): asked when everything else is done.

    One that was held begins by an order over a network. Where this is late the slice begins late, and the
    harness sees it; an engine that is late to lay out its share beside the harness has too much to do.
    """
    now_ns = time.monotonic_ns()
    if order.start_at_ns is None or (order.hold and order.start_at_ns <= now_ns):
        return now_ns + order.start_in_ns
    if order.start_at_ns <= now_ns:
        raise OrderError(
            f"the common start was {(now_ns - order.start_at_ns) / 1e6:.0f} ms ago when all was laid out: "
            "use fewer generators or a lower rate"
        )
    return order.start_at_ns


def measured_loop(arm: Arm, order: protocol.SliceOrder) -> MeasuredLoop:
    """Prepare a slice before its window. ValueError or OrderError if it cannot be done."""
    mix = Mix(order.operations, order.housekeeping, order.draw, order.zipf_exponent)
    if order.loop == "closed":
        source = arm.endless(mix, order.seed)
        return ClosedLoop(arm.pool, source, order.duration_s, order.closed_connections, order.drain_s)
    assert order.rate_rps is not None  # noqa: S101 - the order was validated
    load = open_load(mix, order.rate_rps, order.duration_s, order.seed, arm.population)
    return OpenLoop(
        arm.pool,
        arm.take(load),
        load.due_ns,
        duration_s=order.duration_s,
        cap=order.in_flight_cap,
        drain_s=order.drain_s,
    )


def slice_reply(
    order: protocol.SliceOrder, window: Window, columns: Columns, distinct_credentials: int
) -> protocol.SliceReply:
    """The reply to a slice's order."""
    outcomes = count_outcomes(columns)
    operation = columns["operation"]
    sent, completed = columns["sent_ns"] >= 0, columns["status"] > 0
    users = ~np.isin(operation, [each.code for each in order.housekeeping])
    return protocol.SliceReply(
        **asdict(window),
        scheduled=len(operation),
        sent=int(np.count_nonzero(sent)),
        completed=int(np.count_nonzero(completed)),
        accepted=outcomes.get("ACCEPTED", 0),
        unavailable=outcomes.get("UNAVAILABLE", 0),
        user_completed=int(np.count_nonzero(completed & users)),
        accepted_by_operation=count_operations(operation[columns["outcome"] == Outcome.ACCEPTED]),
        sent_by_operation=count_operations(operation[sent]),
        unsent=outcomes.get("UNSENT", 0),
        distinct_credentials=distinct_credentials,
        longest_silence_ns=longest_silence_ns(columns),
        outcomes=outcomes,
    )


def _lay_out(
    operation: Operation, order: protocol.ArmOrder, planned: protocol.PlannedRequest
) -> LaidOutRequest:
    laid_out = lay_out_operation(
        operation,
        order.host,
        order.port,
        planned.headers,
        None if planned.content is None else planned.content.encode(),
        None if planned.expect is None else planned.expect.encode(),
        secure=order.authority is not None,
        path=planned.path,
    )
    return laid_out if planned.status is None else laid_out._replace(status=planned.status)


def one_line(error: Exception) -> str:
    """The error as one line of a log. Its type is named where the fault is ours."""
    text = " ".join(str(error).split())
    if isinstance(error, OrderError | OSError | ValueError):
        return text or type(error).__name__
    return f"{type(error).__name__}: {text}"


def main() -> NoReturn:
    """Report ready, then carry out orders until the order to quit."""
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints, prints to stderr
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    engine = Engine(out)
    orders: Queue = Queue()

    class ObedientUser(User):
        """Carries out one order after another: Locust repeats the task without a pause."""

        @task
        def carry_out(self) -> None:
            engine.obey(orders.get())

    environment = Environment(user_classes=[ObedientUser])
    environment.create_local_runner().start(1, spawn_rate=1)
    versions = {name: version(name) for name in ("locust", "gevent")}
    engine.say(
        protocol.Ready(
            pid=os.getpid(),
            versions={**versions, "python": platform.python_version()},
            host=read_host_facts(version("authbench")),
        )
    )
    for line in FileObjectPosix(sys.stdin.fileno(), "rb", closefd=False):
        try:
            order = read_order(line, protocol.ORDERS)
        except OrderError as error:
            engine.say(ErrorReply(error=str(error)))
            continue
        if isinstance(order, protocol.QuitOrder):
            break
        orders.put(order)
    os._exit(0)
