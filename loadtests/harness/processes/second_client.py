"""The second client as a child process of the harness: it checks what the load generator measures."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from pydantic import BaseModel

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.generator_protocol import PlannedRequest
from authbench.contracts.message import OrderError, Reply, read_reply
from authbench.contracts.records import ProbeReading
from authbench.contracts.second_client_protocol import Order, Read, TargetOrder, WatchOrder
from loadtests.harness.processes.generator import LineReader
from loadtests.harness.processes.processes import Child

_MODULE = "loadtests.second_client"
_ANSWER_S = 15.0
_RATE_RPS = 8
"""Requests a second: enough to measure, too few to disturb the load."""
_CREDENTIALS = 4
_Reply = TypeVar("_Reply", bound=BaseModel)


def request_moments(start_ns: int, duration_s: float, seed: int) -> list[int]:
    """When to send during a slice: the same moments for every arm of a cycle, none near its end."""
    count = max(1, round(_RATE_RPS * duration_s))
    places = np.sort(np.random.Generator(np.random.PCG64(seed)).uniform(0.05, 0.9, count))
    return [start_ns + round(place * duration_s * 1e9) for place in places.tolist()]


class SecondClient:
    """One process for the whole run."""

    def __init__(self, cpus: Iterable[int], scratch: Path) -> None:
        command = [sys.executable, "-m", _MODULE]
        self.child = Child("the second client", command, cpus, scratch / "second-client.log")
        self._lines = LineReader(self.child)

    def arm(
        self, label: str, host: str, port: int, reads: Sequence[PlannedRequest], authority: Path | None = None
    ) -> None:
        """Show it a server, and credentials that the load uses too: reading uses nothing up."""
        requests = [Read(headers=each.headers, expect=each.expect or "") for each in reads[-_CREDENTIALS:]]
        self._send(TargetOrder(arm=label, host=host, port=port, requests=requests, authority=authority))
        self._answer(Reply)

    def begin(self, label: str, start_ns: int, duration_s: float, seed: int) -> None:
        """Have it ask during a slice that starts at `start_ns`."""
        self._send(WatchOrder(arm=label, at_ns=request_moments(start_ns, duration_s, seed)))

    def reading(self) -> ProbeReading:
        """What it saw, once its last request is answered."""
        return self._answer(ProbeReading)

    def _send(self, order: Order) -> None:
        self.child.send(order.line())

    def _answer(self, expected: type[_Reply]) -> _Reply:
        try:
            return read_reply(self._lines.line(_ANSWER_S), expected)
        except OrderError as error:
            raise Failure(f"The second client failed: {error}", ExitCode.INTERNAL) from None
