"""The load generator as the harness sees it: a child process that takes orders, one JSON line each."""

import json
import os
import select
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from authbench.contracts.exitcodes import ExitCode
from authbench.contracts.failure import Failure
from authbench.contracts.generator_protocol import ENGINE_MODULE
from loadtests.harness.processes.processes import Child


class LineReader:
    """Lines of JSON from a child's output, each within a deadline."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._descriptor = child.output.fileno()
        self._buffer = b""

    def read(self, within_s: float) -> dict[str, Any]:
        """The next line as an object. Failure when the child dies or stays silent for `within_s` seconds."""
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
        message = json.loads(line)
        if not isinstance(message, dict):
            raise Failure(
                f"{self._child.name} answered with something else than an object", ExitCode.INTERNAL
            )
        return message


class Generator:
    """One generator process. Every order waits for its answer."""

    _START_S = 30.0
    _ANSWER_S = 30.0

    def __init__(self, cpus: Iterable[int], scratch: Path, name: str = "generator") -> None:
        """Start it; `name` is the stem of its log in `scratch`."""
        command = [sys.executable, "-m", ENGINE_MODULE]
        self.child = Child("the load generator", command, cpus, scratch / f"{name}.log")
        self._lines = LineReader(self.child)
        self.versions: dict[str, str] = {}

    def wait_until_ready(self) -> None:
        """Read its first line: the versions of what it runs on."""
        self.versions = dict(self._lines.read(self._START_S)["versions"])

    def order(self, op: str, within_s: float = _ANSWER_S, **fields: Any) -> dict[str, Any]:
        """Send one order and return its answer. Failure when it says that it could not."""
        self.start_order(op, **fields)
        return self.answer(within_s)

    def start_order(self, op: str, **fields: Any) -> None:
        """Send one order; `answer` and `event` read what comes back."""
        self.child.send(json.dumps({"op": op, **fields}).encode() + b"\n")

    def answer(self, within_s: float = _ANSWER_S) -> dict[str, Any]:
        """The next line, which may be an event; Failure when it is an error."""
        message = self._lines.read(within_s)
        if "error" in message:
            raise Failure(f"the load generator could not: {message['error']}", ExitCode.INTERNAL)
        return message

    def event(self, name: str, within_s: float = _ANSWER_S) -> dict[str, Any]:
        """The next line, which must be this event."""
        message = self.answer(within_s)
        if message.get("event") != name:
            raise Failure(f"the load generator said {message} instead of {name!r}", ExitCode.INTERNAL)
        return message
