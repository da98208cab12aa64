"""The harness's end of the pipe to an agent: orders from several threads, answers as they come."""

import contextlib
import itertools
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.hosts.agent_protocol import AgentOrder, AgentReady, Answer, Envelope, Quit, RoundTrip
from authbench.contracts.hosts.hosts_file import GeneratorHost
from authbench.contracts.message import Message, OrderError, Reply, read_reply
from loadtests.harness.load.pipe import behind, first_reply
from loadtests.harness.processes.processes import Child

ANSWER_S = 90.0
"""Longer than anything that an agent waits for: it tells what was not answered, and why."""
_READY_S = 60.0
_QUIT_S = 10.0
_FOR_EVER_S = 1e8
_ROUND_TRIPS = 8
_M = TypeVar("_M", bound=Message)


class AgentLink:
    """A running agent. Its process here is the command that carries the pipe; it ends with the harness."""

    def __init__(self, name: str, host: GeneratorHost, cpus: Sequence[int], log: Path) -> None:
        """Start it; `wait_until_ready` before anything else."""
        self.name = name
        command = behind(host.prefix, [host.interpreter, "-m", "authbench", "agent"])
        self._child = Child(f"the agent of {name}", command, cpus, log)
        self._numbers = itertools.count()
        self._writing = threading.Lock()
        self._bookkeeping = threading.Lock()
        """Never held while somebody writes: an agent that is slow to read must not keep answers from us."""
        self._waiting: dict[int, Future[Answer]] = {}
        self._loss: Failure | None = None
        self._reader = threading.Thread(target=self._listen, daemon=True)

    @property
    def pid(self) -> int:
        """Of the process here that carries the pipe."""
        return self._child.pid

    def wait_until_ready(self) -> AgentReady:
        """What it says of its host. Failure in one line where none answers."""
        ready = first_reply(self._child, AgentReady, _READY_S)
        self._reader.start()
        return ready

    def ask(self, order: AgentOrder, expected: type[_M]) -> _M:
        """Send an order; its reply. Failure for an error, another reply, and if the agent is lost."""
        line = self.line_of(order)
        try:
            return read_reply(line, expected)
        except OrderError as error:
            raise Failure(f"the agent of {self.name}: {order.op}: {error}", ExitCode.INTERNAL) from None

    def line_of(self, order: AgentOrder) -> str:
        """Send an order; the line of its reply, whatever that is. Failure for an error, or if none comes."""
        answer = self._send(order)
        try:
            told = answer.result(ANSWER_S)
        except TimeoutError:
            raise Failure(
                f"the agent of {self.name} did not answer within {ANSWER_S:.0f} s ({order.op}). The run is "
                "marked as not complete: run it again",
                ExitCode.INVALID,
            ) from None
        if told.error:
            raise Failure(f"{self.name}: {told.error}", ExitCode(told.exit_code))
        return told.content

    def round_trip_us(self) -> float:
        """The least of several orders that do nothing, there and back."""
        times_ns = []
        for _ in range(_ROUND_TRIPS):
            sent_ns = time.monotonic_ns()
            self.ask(RoundTrip(), Reply)
            times_ns.append(time.monotonic_ns() - sent_ns)
        return min(times_ns) / 1000

    def stop(self) -> None:
        """End the agent, and everything that it has started. Safe to call twice."""
        if self._reader.is_alive():
            with contextlib.suppress(Failure):
                self._send(Quit())
            self._child.wait_for_end(_QUIT_S)
            self._child.ask_to_stop()
            self._reader.join(_QUIT_S)
        self._child.stop()

    def _send(self, order: AgentOrder) -> "Future[Answer]":
        answer: Future[Answer] = Future()
        with self._bookkeeping:
            if self._loss is not None:
                raise self._loss
            number = next(self._numbers)
            self._waiting[number] = answer
        with self._writing:
            self._child.send(Envelope(number=number, order=order).line())
        return answer

    def _listen(self) -> None:
        """Hand out answers until the agent is gone, which everybody who waits is told."""
        try:
            while True:
                told = Answer.model_validate_json(self._child.line(_FOR_EVER_S))
                with self._bookkeeping:
                    answer = self._waiting.pop(told.number, None)
                if answer is not None:
                    answer.set_result(told)
        except (Failure, OSError, ValueError) as error:
            failure = error if isinstance(error, Failure) else self._child.death()
            with self._bookkeeping:
                self._loss = failure
                waiting, self._waiting = self._waiting, {}
            for answer in waiting.values():
                answer.set_exception(failure)
