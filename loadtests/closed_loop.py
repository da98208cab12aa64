"""Closed loop: K connections that are always busy, each sending when its last reply is in.

Used for two things only: to find the rate an arm can take, and to warm up. Its times are not response times
of anything: a slow reply delays the next request, so the slow moments are asked for less often.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from gevent.event import AsyncResult

from authbench.records import Outcome
from loadtests.dispatcher import DRAIN_S
from loadtests.timer import Timer
from loadtests.transport import ConnectionPool

_NS_PER_S = 1_000_000_000


@dataclass(frozen=True)
class ClosedLoopResult:
    """Counts inside the duration: a reply read in the drain after it is not among them."""

    completed: int
    """Replies read, whatever they said."""
    accepted: int
    """200 with the expected body."""
    failed: int
    """Requests without a reply, the drain included. Each ends its lane, so a dead server is not called in
    a tight loop."""
    elapsed_s: float
    """From the first request to the deadline, or to when the last lane ended."""


class ClosedLoop:
    """Keeps `connections` requests in flight for `duration_s`. Implements `connection.Sink`.

    Requests take the credentials in `order`, over and over. The pool should be grown to `connections`.
    """

    def __init__(
        self,
        pool: ConnectionPool,
        requests: Sequence[bytes],
        expected: Sequence[bytes | None],
        order: npt.NDArray[np.int64],
        duration_s: float,
        connections: int,
        drain_s: float = DRAIN_S,
    ) -> None:
        self._pool = pool
        self._requests = requests
        self._expected = expected
        self._order: list[int] = order.tolist()
        self._duration_ns = round(duration_s * _NS_PER_S)
        self._drain_ns = round(drain_s * _NS_PER_S)
        self._lanes = connections
        self._sent = 0
        self._completed = self._accepted = self._failed = 0
        self._deadline_ns = 0
        self._elapsed_ns = 0
        self._over = False
        self._ended: AsyncResult = AsyncResult()

    def run(self) -> ClosedLoopResult:
        """Begin now, wait for the end of the drain. Raises what a callback raised."""
        self._pool.attach(self)
        timer = Timer(self._ring)
        start_ns = time.monotonic_ns()
        self._deadline_ns = start_ns + self._duration_ns
        self._timer = timer
        timer.arm(self._deadline_ns)
        try:
            for _ in range(self._lanes):
                self._send()
            ended_ns: int = self._ended.get()
        finally:
            timer.close()
            self._pool.detach(self)
        elapsed_ns = min(ended_ns, self._deadline_ns) - start_ns
        return ClosedLoopResult(self._completed, self._accepted, self._failed, elapsed_ns / _NS_PER_S)

    def _send(self) -> None:
        index = self._order[self._sent % len(self._order)]
        self._sent += 1
        self._pool.send(self._requests[index], index, self)

    def _ring(self) -> None:
        try:
            if self._over:
                self._pool.abandon(self, time.monotonic_ns())
            else:
                self._over = True
                self._timer.arm(self._deadline_ns + self._drain_ns)
        except Exception as error:  # gevent's hub would print it and go on
            self.broke(error)

    def replied(  # the signature is the Sink's
        self,
        row: int,
        sent_ns: int,  # noqa: ARG002
        done_ns: int,
        status: int,
        body: bytes,
        bytes_in: int,  # noqa: ARG002
    ) -> None:
        """Count, and send the next."""
        if done_ns >= self._deadline_ns:
            self._end_lane(done_ns)
            return
        self._completed += 1
        expected = self._expected[row]
        if status == 200 and (body == expected or expected is None):
            self._accepted += 1
        self._send()

    def lost(  # the signature is the Sink's
        self,
        row: int,  # noqa: ARG002
        sent_ns: int,  # noqa: ARG002
        done_ns: int,
        outcome: Outcome,  # noqa: ARG002
        bytes_out: int,  # noqa: ARG002
        bytes_in: int,  # noqa: ARG002
    ) -> None:
        """End this lane."""
        self._failed += 1
        self._end_lane(done_ns)

    def broke(self, error: Exception) -> None:
        """End at once: run() raises."""
        if not self._ended.ready():
            self._ended.set_exception(error)

    def _end_lane(self, done_ns: int) -> None:
        self._lanes -= 1
        if self._lanes == 0 and not self._ended.ready():
            self._ended.set(done_ns)
