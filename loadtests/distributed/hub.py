"""The hub's process: Locust's master, which speaks with workers for the front door.

`python -m loadtests.distributed.hub HOST PORT COUNT KEYFILE` speaks `contracts.workers.hub_protocol` on stdin
and stdout. Locust's master carries the messages and knows who is there. It starts no users: a slice is an
order like any other, and nothing is rebalanced.
"""

import os
import sys
import time
from pathlib import Path
from typing import NoReturn

import gevent
from gevent.event import Event
from gevent.fileobject import FileObjectPosix
from gevent.lock import RLock
from locust import runners
from locust.env import Environment
from locust.exception import RPCError
from locust.rpc import Message as LocustMessage
from locust.runners import MasterRunner

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.message import ErrorReply, Message, OrderError, read_order
from authbench.contracts.workers.hub_protocol import (
    HUB_ORDERS,
    Counted,
    CountOrder,
    EndOrder,
    Joined,
    Listening,
    Lost,
    Said,
    TellOrder,
    Unwelcome,
)
from authbench.system.join_key import read_join_key
from loadtests.distributed.conversation import SILENCE_S
from loadtests.distributed.ends import HubEnd
from loadtests.distributed.messages import BODY, KIND, Refused, Seal, token_of
from loadtests.harness.load.meeting import Address

_LOCUSTS_OWN = ("client_ready", "heartbeat", "quit")
"""Messages of Locust's workers that the master needs to know who is there; no other one is looked at."""
_TICK_S = 0.1
_END_S = 2.0
"""For workers to be told that the run is over."""
_TOLD_MAX = 50
"""Refusals that are told: a stranger shall not fill a screen."""


class Hub(MasterRunner):
    """Locust's master, with an end of ours that seals what it sends."""

    def __init__(self, host: str, port: int, end: HubEnd) -> None:
        """RPCError or SystemExit if nothing can be heard there."""
        # Locust's master counts down once a second (heartbeat_worker in locust/runners.py) and calls a worker
        # missing at 3 of them, while ours may still come back: who is missing is lost here, and not earlier.
        runners.HEARTBEAT_LIVENESS = round(SILENCE_S)
        self._end = end
        self._told: set[tuple[str, str]] = set()
        self._lost: set[str] = set()
        self._joined = 0
        self._something = Event()
        self._writing = RLock()
        self._out = FileObjectPosix(os.dup(sys.stdout.fileno()), "wb", 0)
        super().__init__(Environment(user_classes=[]), host, port)
        # Without it the hub would be mute: the front door sees better that it is dead.
        self.greenlet.spawn(self._send).link_exception(lambda _: os._exit(ExitCode.INTERNAL))

    def say(self, message: Message) -> None:
        """Tell the front door."""
        line = message.line()
        with self._writing:
            while line:  # a full pipe takes a part
                line = line[self._out.write(line) :]

    def obey(self, line: bytes) -> None:
        """Carry out an order of the front door."""
        match read_order(line, HUB_ORDERS):
            case TellOrder(worker=worker, content=content):
                self._end.say(worker, "line", content)
                self._something.set()
            case CountOrder():
                self.say(Counted(workers=self._end.traffic()))
            case EndOrder():
                self._end_all()

    def _end_all(self) -> NoReturn:
        for worker in self._end.joined:
            self._end.say(worker, "end")
        self._something.set()
        until_s = time.monotonic() + _END_S
        while not self._end.settled and time.monotonic() < until_s:
            gevent.sleep(0.02)
        os._exit(0)

    def _send(self) -> NoReturn:
        """The one greenlet that sends tokens; who falls silent is seen here."""
        while True:
            self._something.wait(_TICK_S)
            self._something.clear()
            for address, token in self._end.outgoing():
                self.send_message(KIND, {BODY: token}, address)
            for worker in self._end.lost():
                self._lose(worker, f"it was not heard for {SILENCE_S:.0f} s")

    def _lose(self, worker: str, reason: str) -> None:
        if worker not in self._lost:
            self._lost.add(worker)
            self.say(Lost(worker=worker, reason=reason))

    def client_listener(self) -> NoReturn:
        """Listen for ever; what cannot be read ends nothing. (Locust's own stops at some of it.)"""
        while True:
            try:
                address, message = self.server.recv_from_client()
            except Exception as error:  # whatever a stranger sends
                self._refuse("somebody", f"it cannot be read ({type(error).__name__})")
                gevent.sleep(0.01)
                continue
            self.handle_message(address, message)

    def handle_message(self, client_id: str, msg: LocustMessage) -> None:
        if msg.type == KIND:
            self._take(client_id, token_of(msg.data))
        elif msg.type not in _LOCUSTS_OWN:
            self._refuse(client_id, "it is no message of authbench")
        else:
            try:
                super().handle_message(client_id, msg)
            except Exception as error:  # Locust trusts what workers send
                self._refuse(client_id, f"it is no message of Locust's ({type(error).__name__})")

    def _take(self, client_id: str, token: object) -> None:
        try:
            orders = self._end.hear(client_id, token)
        except Refused as refusal:
            self._refuse(client_id, str(refusal))
            return
        for worker in self._end.joined[self._joined :]:
            self.say(Joined(worker=worker))
            self._joined += 1
        for worker, kind, line in orders:
            if kind == "line":
                self.say(Said(worker=worker, content=line))
            elif kind == "lost":
                self._lose(worker, line)
        self._something.set()  # something is to be acknowledged

    def _refuse(self, sender: object, reason: str) -> None:
        # Anybody can send it: no character of it may move the cursor of a terminal.
        told = "".join(each if each.isprintable() else "?" for each in str(sender)[:80]), reason
        if told not in self._told and len(self._told) < _TOLD_MAX:
            self._told.add(told)
            self.say(Unwelcome(sender=told[0], reason=reason))

    def monitor_cpu_and_memory(self) -> None:  # type: ignore[override] # Locust's never returns
        """Leave the processor to the load."""


def main(arguments: list[str]) -> NoReturn:
    """Listen, then carry out orders until the one to end, or the end of input."""
    host, port, count, key_file = arguments
    out = sys.stdout.fileno()
    try:
        end = HubEnd(Seal(read_join_key(Path(key_file))), int(count), time.monotonic)
        hub = Hub(host, int(port), end)
    except (Failure, RPCError, SystemExit) as error:
        reason = "address already in use" if isinstance(error, SystemExit) else str(error)
        os.write(
            out, ErrorReply(error=f"nothing can be heard at {Address(host, int(port)).text}: {reason}").line()
        )
        os._exit(ExitCode.USAGE)
    os.dup2(sys.stderr.fileno(), out)  # whatever prints, prints to stderr
    hub.say(Listening(port=hub.server.port))
    for line in FileObjectPosix(sys.stdin.fileno(), "rb", closefd=False):
        try:
            hub.obey(line)
        except (OrderError, ValueError) as error:
            hub.say(ErrorReply(error=str(error)))
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
