"""A channel over Locust's messages: a hub, which is a child process of the harness, and workers elsewhere."""

import contextlib
import math
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.generator_protocol import Order
from authbench.contracts.message import ErrorReply, Message, OrderError, read_reply
from authbench.contracts.workers.hub_protocol import (
    HUB_EVENTS,
    HUB_MODULE,
    Counted,
    CountOrder,
    EndOrder,
    HubEvent,
    Joined,
    Listening,
    Lost,
    Said,
    TellOrder,
    Unwelcome,
    WorkerTraffic,
)
from authbench.words.counting import counted
from loadtests.harness.load.channel import Channel
from loadtests.harness.load.meeting import Address, Meeting
from loadtests.harness.processes.processes import Child

_START_S = 30.0
_JOIN_S = 600.0
"""For the workers to join: people start them by hand."""
_UNHEARD_S = 8.0
"""Without all workers: one line says what may be in their way."""
_ANSWER_S = 10.0
_STEP_S = 1.0
_M = TypeVar("_M", bound=Message)


class Hub:
    """One process for the whole run."""

    def __init__(
        self,
        meeting: Meeting,
        count: int,
        cpus: Sequence[int],
        scratch: Path,
        tell: Callable[[str], None],
    ) -> None:
        """Listen. Failure if that cannot be. `tell` gets a line about each message that is refused."""
        command = [sys.executable, "-m", HUB_MODULE, meeting.host, str(meeting.port), str(count)]
        self._child = Child("the hub", [*command, str(meeting.key_file)], cpus, scratch / "hub.log")
        self._count = count
        self._tell = tell
        self._said: dict[str, deque[str]] = {}
        self._loss: Failure | None = None
        self._counts: deque[Counted] = deque()
        try:
            self.port = self._first_line().port
        except BaseException:
            self._child.stop()
            raise
        self.address = Address(meeting.host, self.port).text

    def _first_line(self) -> Listening:
        line = self._child.line(_START_S)
        try:
            return read_reply(line, Listening)
        except OrderError as error:
            raise Failure(str(error)) from None

    @property
    def pid(self) -> int:
        return self._child.pid

    def wait_for_workers(self, within_s: float = _JOIN_S) -> list[Channel]:
        """A channel to each worker, once all have joined. Failure if they do not in this time."""
        until_s = time.monotonic() + within_s
        remind_at_s = time.monotonic() + _UNHEARD_S
        while len(self._said) < self._count:
            if time.monotonic() > remind_at_s:
                remind_at_s = math.inf
                self._tell(
                    f"{len(self._said)} of {counted(self._count, 'worker')} joined so far. Where one "
                    f"says that nobody "
                    f"answers, a firewall may close {self.address}; waiting"
                )
            if time.monotonic() > until_s:
                raise Failure(
                    f"{len(self._said)} of {counted(self._count, 'worker')} joined at {self.address} within "
                    f"{within_s:.0f} s: start the others and run again",
                    ExitCode.INVALID,
                )
            self.hear(_STEP_S)
        return [WorkerChannel(self, worker) for worker in self._said]

    def send(self, worker: str, line: str) -> None:
        """Have a line passed on to a worker's engine. Failure once any worker is lost."""
        self._require_all()
        self._child.send(TellOrder(worker=worker, content=line).line())

    def line_of(self, worker: str, within_s: float) -> str:
        """The next line of a worker's engine. Failure as soon as any worker is lost."""
        self._require_all()
        until_s = time.monotonic() + within_s
        while not self._said[worker]:
            if time.monotonic() > until_s:
                raise _lost(worker, f"its engine did not answer within {within_s:.0f} s")
            self.hear(_STEP_S)
        return self._said[worker].popleft()

    def traffic(self) -> Mapping[str, WorkerTraffic]:
        """What was counted of the messages to and from each worker. Failure once any worker is lost."""
        self._require_all()
        self._child.send(CountOrder().line())
        until_s = time.monotonic() + _ANSWER_S
        while not self._counts:
            if time.monotonic() > until_s:
                raise self._child.death()
            self.hear(_STEP_S)
        return self._counts.popleft().workers

    def stop(self) -> None:
        """Tell the workers that the run is over, and end the hub. Safe to call twice."""
        if not self._child.ended():
            with contextlib.suppress(Failure):
                self._child.send(EndOrder().line())
                self._child.wait_for_end(_STEP_S * 3)
        self._child.stop()

    def _require_all(self) -> None:
        """A run without one of its workers is over: nothing is waited for any longer."""
        if self._loss is not None:
            raise self._loss

    def hear(self, within_s: float) -> None:
        """Take one event of the hub, if there is one in this time."""
        if not self._child.has_line(within_s):
            return
        event: HubEvent | ErrorReply = HUB_EVENTS.validate_json(self._child.line(within_s))
        match event:
            case Joined():
                self._said[event.worker] = deque()
                self._tell(f"worker {event.worker} joined ({len(self._said)} of {self._count})")
            case Said():
                self._said[event.worker].append(event.content)
            case Unwelcome():
                self._tell(f"a message from {event.sender} was refused: {event.reason}")
            case Lost():
                self._loss = _lost(event.worker, event.reason)
                raise self._loss
            case Counted():
                self._counts.append(event)
            case ErrorReply():
                raise Failure(f"the hub failed: {event.error}", ExitCode.INTERNAL)


def _lost(worker: str, reason: str) -> Failure:
    return Failure(
        f"worker {worker} is lost: {reason}. The run is marked as not complete: run it again",
        ExitCode.INVALID,
    )


class WorkerChannel(Channel):
    """The engine of one worker."""

    pid = None
    cpus = ()
    apart = True

    def __init__(self, hub: Hub, worker: str) -> None:
        self._hub = hub
        self._worker = worker
        self.name = f"worker {worker}"

    def send(self, order: Order) -> None:
        self._hub.send(self._worker, order.model_dump_json())

    def answer(self, expected: type[_M], within_s: float) -> _M:
        try:
            return read_reply(self._hub.line_of(self._worker, within_s), expected)
        except OrderError as error:
            raise Failure(f"{self.name} failed: {error}", ExitCode.INTERNAL) from None

    def stop(self) -> None:
        """Leave it to the hub, which tells all workers at once."""
