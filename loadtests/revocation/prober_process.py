"""The prober as a child process of the harness: it watches credentials for several threads at once."""

import contextlib
import itertools
import queue
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.message import ErrorReply, Message, Reply
from authbench.contracts.security.prober_protocol import (
    PROBER_MODULE,
    WATCH_REPLIES,
    Connected,
    ConnectOrder,
    EndOrder,
    SalvoOrder,
    TargetOrder,
    Watched,
    WatchOrder,
    WatchReply,
)
from loadtests.harness.processes.processes import Child

_ANSWER_S = 15.0
_FOR_EVER_S = 1e8
_M = TypeVar("_M", bound=BaseModel)


class Prober:
    """One process for the whole command. Watches may be begun and ended from any thread."""

    def __init__(self, cpus: Iterable[int], scratch: Path) -> None:
        self.child = Child("the prober", [sys.executable, "-m", PROBER_MODULE], cpus, scratch / "prober.log")
        self._sending = threading.Lock()
        self._numbers = itertools.count()
        self._answers: queue.Queue[bytes | Failure] = queue.Queue()
        self._watching: dict[int, queue.Queue[WatchReply | Failure]] = {}
        self._dead: Failure | None = None
        self._reading = threading.Thread(target=self._read, name="prober", daemon=True)
        self._reading.start()

    def turn_to(self, host: str, port: int) -> None:
        """Close every connection; probe this server from now on."""
        self._send(TargetOrder(host=host, port=port))
        self._answer(Reply)

    def connect(self, worker: int, slots: int, spare: int) -> list[int]:
        """Open connections, while one worker process alone accepts any; their local ports."""
        self._send(ConnectOrder(worker=worker, slots=slots, spare=spare))
        return self._answer(Connected).ports

    def watch(self, slot: int, path: str, headers: Mapping[str, str], every_ns: int) -> int:
        """Begin to probe a credential; the number by which it is called."""
        number = next(self._numbers)
        self._watching[number] = queue.Queue()
        self._send(WatchOrder(watch=number, slot=slot, path=path, headers=dict(headers), every_ns=every_ns))
        return number

    def salvo(self, watch: int, at_ns: Sequence[int]) -> None:
        """Send further probes of it at these moments (monotonic)."""
        self._send(SalvoOrder(watch=watch, at_ns=list(at_ns)))

    def accepted(self, watch: int, within_s: float) -> bool:
        """Wait until every worker process has accepted the credential; False if one has not in this time."""
        try:
            found = self._watching[watch].get(timeout=within_s)
        except queue.Empty:
            return False
        if isinstance(found, Failure):
            raise found
        return True

    def end(self, watch: int, after_ns: int, settled_ns: int, until_ns: int) -> Watched:
        """Wait until the credential is settled, or `until_ns`: everything that was seen of it."""
        self._send(EndOrder(watch=watch, after_ns=after_ns, settled_ns=settled_ns, until_ns=until_ns))
        found: WatchReply | Failure | None = None
        try:
            while not isinstance(found, Watched):  # it may still say that the credential was accepted
                found = self._watching[watch].get(timeout=max(0, until_ns - after_ns) / 1e9 + _ANSWER_S)
                if isinstance(found, Failure):
                    raise found
        except queue.Empty:
            raise self.child.death() from None
        finally:
            del self._watching[watch]
        return found

    def stop(self) -> None:
        """End the process; whoever waits for it is told."""
        self.child.ask_to_stop()
        self._reading.join(_ANSWER_S)
        self.child.stop()

    def _send(self, order: Message) -> None:
        with self._sending:
            if self._dead is not None:
                raise self._dead
            self.child.send(order.line())

    def _answer(self, expected: type[_M]) -> _M:
        try:
            line = self._answers.get(timeout=_ANSWER_S)
        except queue.Empty:
            raise self.child.death() from None
        if isinstance(line, Failure):
            raise line
        try:
            return expected.model_validate_json(line)
        except ValidationError:
            told = ErrorReply.model_validate_json(line).error
            raise Failure(f"the prober failed: {told}", ExitCode.INTERNAL) from None

    def _read(self) -> None:
        """Hand each reply to whom it is for, until the process ends."""
        while True:
            try:
                line = self.child.line(_FOR_EVER_S)
            except (Failure, OSError, ValueError) as error:
                failure = error if isinstance(error, Failure) else self.child.death()
                self._dead = failure
                self._answers.put(failure)
                for waiting in list(self._watching.values()):
                    waiting.put(failure)
                return
            if line.startswith(b'{"watch"'):
                reply = WATCH_REPLIES.validate_json(line)
                with contextlib.suppress(KeyError):  # nobody waits for it any more
                    self._watching[reply.watch].put(reply)
            else:
                self._answers.put(line)
