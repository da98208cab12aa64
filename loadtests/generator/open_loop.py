"""Open loop: every request is sent when it is due, whether or not earlier ones were answered.

So a slow server cannot slow its load down, and response time counts from when a request was due (safe from
coordinated omission). What cannot be sent because too many are in flight is recorded, never queued.
"""

import time

import numpy as np
import numpy.typing as npt

from authbench.contracts.records import Outcome
from loadtests.generator.rows import Recorder
from loadtests.generator.window import DRAIN_S, MeasuredLoop
from loadtests.http.pool import ConnectionPool
from loadtests.http.request import LaidOutRequest
from loadtests.http.timer import sleep_until, wake_sharply

IN_FLIGHT_CAP = 1024
# Requests sent in one callback before replies get their turn: a late timer must not make the replies late.
_BURST = 16
# A wake-up costs more than a request. So a dense schedule rests after each turn, and what becomes due or is
# answered meanwhile is sent and read together. A sending waits _LATE_NS at most, which its row shows as
# lateness; a reading _REST_NS, which looks like service time. A schedule that is less dense is not touched.
_DENSE_RPS = 8000
_LATE_NS = 100_000
_REST_NS = 150_000
_HOLD_NS = 1_000_000  # then other greenlets of the process get their turn


class OpenLoop(MeasuredLoop):
    """One schedule sent through a pool.

    `requests[i]` is due at `schedule[i]`, in ns from the start. The window ends when every request has an
    outcome, at the latest `drain_s` after the schedule's `duration_s`.
    `sent_ns` is when the first byte went to the kernel, so the time of a connection opened on demand counts
    as response time and lateness but not as service time, unless each request has a connection of its own:
    there it is when connecting began. From 8,000 requests a second on, sending waits
    up to 0.1 ms and reading up to 0.15 ms for more to come (docs/generator.md).
    """

    def __init__(
        self,
        pool: ConnectionPool,
        requests: list[LaidOutRequest],
        schedule: npt.NDArray[np.int64],
        duration_s: float,
        cap: int = IN_FLIGHT_CAP,
        drain_s: float = DRAIN_S,
    ) -> None:
        if len(schedule) != len(requests):
            raise ValueError(f"{len(schedule)} due times but {len(requests)} requests")
        operation = np.array([request.operation_code for request in requests], np.int64)
        super().__init__(pool, requests, Recorder(schedule, operation), cap, duration_s + drain_s)
        self._due: list[int] = schedule.tolist()
        self._next = 0
        self._left = len(self._due)
        self._dense = len(schedule) >= _DENSE_RPS * duration_s
        if self._dense:
            wake_sharply()

    def _rung(self) -> None:
        self._send_due()
        if self._dense:
            self._hold()
        due, row, start_ns = self._due, self._next, self._start_ns
        if row < len(due):
            # Past already (a burst or a hold ended): the timer rings again by itself.
            if due[row] > time.monotonic_ns() - start_ns:
                self._timer.arm(start_ns + due[row])
        elif self._left == 0:
            self._end()
        elif time.monotonic_ns() - start_ns < self._deadline_ns:
            self._timer.arm(start_ns + self._deadline_ns)
        else:
            self._pool.abandon(self, time.monotonic_ns())
            if self._left:
                raise RuntimeError(f"{self._left} requests are neither under way nor done")

    def _send_due(self) -> None:
        """Send what is due, a burst of it at most."""
        due, requests, pool, start_ns = self._due, self._requests, self._pool, self._start_ns
        row = self._next
        limit = min(row + _BURST, len(due))
        while row < limit and due[row] <= time.monotonic_ns() - start_ns:
            self._next = row + 1
            if pool.in_flight >= self._cap:
                self.rows.outcome[row] = Outcome.UNSENT
                self._left -= 1
            else:
                pool.send(requests[row].wire, row, self)
                self._in_flight_max = max(self._in_flight_max, pool.in_flight)
            row += 1

    def _hold(self) -> None:
        """Read and send by turns, and rest between them, for as long as the hub may be kept from others."""
        due, start_ns = self._due, self._start_ns
        until_ns = time.monotonic_ns() + _HOLD_NS
        while self._next < len(due) and not self.ended:
            self._pool.readiness.turn()
            now_ns = time.monotonic_ns()
            next_ns = start_ns + due[self._next]
            if now_ns >= until_ns or next_ns > now_ns + _LATE_NS:
                return
            if next_ns > now_ns:
                sleep_until(min(next_ns + _LATE_NS, now_ns + _REST_NS))
            self._send_due()

    def _one_done(self, row: int) -> None:  # noqa: ARG002 - the signature is the base's
        self._left -= 1
        if self._left == 0 and self._next == len(self._due):
            self._end()
