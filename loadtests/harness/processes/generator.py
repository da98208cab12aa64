"""The load generator as the harness sees it: a child process that speaks `contracts.generator_protocol`."""

import json
import os
import select
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.generator_protocol import ENGINE_MODULE, Order, Ready
from authbench.contracts.message import Message, OrderError, read_reply
from loadtests.harness.processes.processes import Child

_M = TypeVar("_M", bound=Message)


class LineReader:
    """Lines of JSON from a child's output, each within a deadline."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._descriptor = child.output.fileno()
        self._buffer = b""

    def line(self, within_s: float) -> bytes:
        """The next line. Failure when the child dies or stays silent for `within_s` seconds."""
        deadline = time.monotonic() + within_s
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._descriptor], [], [], left)[0]:
                raise self._child.death()
            chunk = os.read(self._descriptor, 1 << 20)
            if not chunk:
                raise self._child.death()
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def read(self, within_s: float) -> dict[str, Any]:
        """The next line as an object. Failure as of `line`."""
        message = json.loads(self.line(within_s))
        if not isinstance(message, dict):
            raise Failure(
                f"{self._child.name} answered with something else than an object", ExitCode.INTERNAL
            )
        return message


class Generator:
    """One generator process."""

    _START_S = 30.0
    _ANSWER_S = 30.0

    def __init__(self, cpus: Iterable[int], scratch: Path, name: str = "generator") -> None:
        """Start it; `name` is the stem of its log in `scratch`."""
        command = [sys.executable, "-m", ENGINE_MODULE]
        self.child = Child("the load generator", command, cpus, scratch / f"{name}.log")
        self._lines = LineReader(self.child)
        self.versions: dict[str, str] = {}

    def wait_until_ready(self) -> None:
        """Wait for its first line: the versions of what it runs on."""
        self.versions = self.answer(Ready, self._START_S).versions

    def send(self, order: Order) -> None:
        """Send an order; `answer` reads what comes back."""
        self.child.send(order.line())

    def answer(self, expected: type[_M], within_s: float = _ANSWER_S) -> _M:
        """The next line. Failure when it tells of an error, or of something else than expected."""
        try:
            return read_reply(self._lines.line(within_s), expected)
        except OrderError as error:
            raise Failure(f"The load generator failed: {error}", ExitCode.INTERNAL) from None
