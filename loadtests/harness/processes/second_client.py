"""The second client as a child process of the harness: it checks what the load generator measures."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from authbench.contracts.card import Operation
from authbench.contracts.generator_protocol import PlannedRequest
from authbench.contracts.message import Reply
from authbench.contracts.records import ProbeReading
from authbench.contracts.second_client_protocol import Read, TargetOrder, WatchOrder
from loadtests.harness.processes.processes import Child

_MODULE = "loadtests.second_client"
_ANSWER_S = 15.0
_RATE_RPS = 8
"""Requests a second: enough to measure, too few to disturb the load."""
_CREDENTIALS = 4


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

    def arm(
        self,
        label: str,
        host: str,
        port: int,
        reads: Sequence[PlannedRequest],
        authority: Path | None = None,
        opening: str = "/",
        *,
        fresh: bool = False,
    ) -> None:
        """Show it a server, and credentials that the load uses too: reading uses nothing up.

        `opening`: the path that its connection asks for once before it is used. `fresh`: each request gets a
        connection of its own, as the load's do.
        """
        requests = [
            Read(
                headers=each.headers,
                expect=each.expect,
                path=each.path or Operation.READ.path,
                status=each.status or Operation.READ.status,
            )
            for each in reads[-_CREDENTIALS:]
        ]
        order = TargetOrder(
            arm=label,
            host=host,
            port=port,
            requests=requests,
            authority=authority,
            opening=opening,
            fresh=fresh,
        )
        self.child.send(order.line())
        self.child.answer(Reply, _ANSWER_S)

    def begin(self, label: str, start_ns: int, duration_s: float, seed: int) -> None:
        """Have it ask during a slice that starts at `start_ns`."""
        moments = request_moments(start_ns, duration_s, seed)
        self.child.send(WatchOrder(arm=label, at_ns=moments).line())

    def reading(self) -> ProbeReading:
        """What it saw, once its last request is answered."""
        return self.child.answer(ProbeReading, _ANSWER_S)
