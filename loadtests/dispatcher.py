"""Open loop: every request is sent when it is due, whether or not earlier ones were answered.

So a slow server cannot slow its load down, and response time counts from when a request was due (safe from
coordinated omission). What cannot be sent because too many are in flight is recorded, never queued.
"""

import time

import numpy as np
import numpy.typing as npt

from authbench.records import Outcome
from loadtests.recorder import Recorder
from loadtests.request_bytes import LaidOutRequest
from loadtests.transport import ConnectionPool
from loadtests.window import DRAIN_S, MeasuredLoop

IN_FLIGHT_CAP = 1024
# Requests sent in one callback before replies get their turn: a late timer must not make the replies late.
_BURST = 16


class OpenLoop(MeasuredLoop):
    """One schedule sent through a pool.

    `requests[i]` is due at `schedule[i]`, in ns from the start. The window ends when every request has an
    outcome, at the latest `drain_s` after the schedule's `duration_s`.
    `sent_ns` is when the first byte went to the kernel, so the time of a connection opened on demand counts
    as response time and lateness but not as service time.
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

    def _rung(self) -> None:
        due, row, start = self._due, self._next, self._start_ns
        pool = self._pool
        limit = min(row + _BURST, len(due))
        while row < limit and due[row] <= time.monotonic_ns() - start:
            self._next = row + 1
            if pool.in_flight >= self._cap:
                self.rows.outcome[row] = Outcome.UNSENT
                self._left -= 1
            else:
                pool.send(self._requests[row].wire, row, self)
                self._in_flight_max = max(self._in_flight_max, pool.in_flight)
            row += 1
        if row < len(due):
            # Past already (a burst ended): the timer rings again by itself.
            if due[row] > time.monotonic_ns() - start:
                self._timer.arm(start + due[row])
        elif self._left == 0:
            self._end()
        elif time.monotonic_ns() - start < self._deadline_ns:
            self._timer.arm(start + self._deadline_ns)
        else:
            pool.abandon(self, time.monotonic_ns())
            if self._left:
                raise RuntimeError(f"{self._left} requests are neither under way nor done")

    def _one_done(self, row: int) -> None:  # noqa: ARG002 - the signature is the base's
        self._left -= 1
        if self._left == 0 and self._next == len(self._due):
            self._end()
