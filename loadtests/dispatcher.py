"""Open loop: every request is sent when it is due, whether or not earlier ones were answered.

So a slow server cannot slow its load down, and response time counts from when a request was due (safe from
coordinated omission). What cannot be sent because too many are in flight is recorded, never queued.
"""

import contextlib
import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from gevent.event import AsyncResult

from authbench.records import Outcome
from loadtests.recorder import Recorder
from loadtests.timer import Timer
from loadtests.transport import ConnectionPool

_NS_PER_S = 1_000_000_000
IN_FLIGHT_CAP = 1024
DRAIN_S = 5.0
# Requests sent in one callback before replies get their turn: a late timer must not make the replies late.
_BURST = 16
_BY_STATUS = {401: Outcome.REFUSED, 403: Outcome.REFUSED, 503: Outcome.UNAVAILABLE}


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Collect garbage now and not again inside: a collection in a window delays every request due in it."""
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@dataclass(frozen=True)
class Window:
    """What a slice was, beside its rows. Times are monotonic ns; counts are of this window only."""

    started_ns: int
    drained_ns: int
    cpu_ns: int
    """CPU time of this process from the start to the end of the drain."""
    in_flight_max: int
    in_flight_cap: int
    connections_opened: int
    idle_closed: int


class OpenLoop:
    """One schedule sent through a pool. Lay it out, then run it once. Implements `connection.Sink`.

    `order[i]` says which of `requests` row i carries; its reply must be 200 with the body
    `expected[order[i]]` (None: any body). The window ends when every request has an outcome, at the latest
    `drain_s` after the schedule's `duration_s`: what is still under way then is TIMED_OUT.
    `sent_ns` is when the first byte went to the kernel, so the time of a connection opened on demand counts
    as response time and lateness but not as service time.
    """

    def __init__(
        self,
        pool: ConnectionPool,
        requests: Sequence[bytes],
        expected: Sequence[bytes | None],
        schedule: npt.NDArray[np.int64],
        order: npt.NDArray[np.int64],
        duration_s: float,
        cap: int = IN_FLIGHT_CAP,
        drain_s: float = DRAIN_S,
    ) -> None:
        if len(schedule) != len(order):
            raise ValueError(f"{len(schedule)} due times but {len(order)} credentials")
        self._pool = pool
        self._cap = cap
        self._due: list[int] = schedule.tolist()
        self._requests = [requests[i] for i in order]
        self._expected = [expected[i] for i in order]
        self._deadline_ns = round((duration_s + drain_s) * _NS_PER_S)
        self.rows = Recorder(schedule)
        self._next = 0
        self._left = len(self._due)
        self._in_flight_max = 0
        self._started = False
        self._start_ns = self._cpu_ns = self._opened = self._idle_closed = 0
        self._ended: AsyncResult = AsyncResult()

    def begin(self, start_ns: int) -> None:
        """Send from `start_ns` (monotonic) on. Returns at once; wait() for the end."""
        self._start_ns = start_ns
        self._pool.attach(self)
        self._timer = Timer(self._ring)
        self._timer.arm(start_ns)

    def wait(self) -> Window:
        """Wait for the end of the drain. Raises what a callback raised: then the rows are worth nothing."""
        try:
            return self._ended.get()  # type: ignore[no-any-return] # gevent has no types
        finally:
            self.close()

    def close(self) -> None:
        """Send no more and release the timer. wait() does it; needed only by who does not wait."""
        self._timer.close()
        self._pool.detach(self)

    @property
    def ended(self) -> bool:
        """Whether wait() would return at once."""
        return bool(self._ended.ready())

    def _ring(self) -> None:
        try:
            if not self._started:
                self._start()
            self._send_due()
        except Exception as error:  # gevent's hub would print it and go on
            self.broke(error)

    def _start(self) -> None:
        self._started = True
        self._opened = self._pool.opened
        self._idle_closed = self._pool.idle_closed
        self._cpu_ns = time.process_time_ns()

    def _send_due(self) -> None:
        due, row, start = self._due, self._next, self._start_ns
        pool, rows = self._pool, self.rows
        limit = min(row + _BURST, len(due))
        while row < limit and due[row] <= time.monotonic_ns() - start:
            self._next = row + 1
            if pool.in_flight >= self._cap:
                rows.outcome[row] = Outcome.UNSENT
                self._left -= 1
            else:
                pool.send(self._requests[row], row, self)
                self._in_flight_max = max(self._in_flight_max, pool.in_flight)
            row += 1
        if row < len(due):
            self._timer.arm(start + due[row])
        elif self._left == 0:
            self._end()
        elif time.monotonic_ns() - start < self._deadline_ns:
            self._timer.arm(start + self._deadline_ns)
        else:
            pool.abandon(self, time.monotonic_ns())
            if self._left:
                raise RuntimeError(f"{self._left} requests are neither under way nor done")

    def replied(self, row: int, sent_ns: int, done_ns: int, status: int, body: bytes, bytes_in: int) -> None:
        """Record a reply."""
        rows = self.rows
        rows.sent_ns[row] = sent_ns - self._start_ns
        rows.done_ns[row] = done_ns - self._start_ns
        rows.status[row] = status
        rows.bytes_out[row] = len(self._requests[row])
        rows.bytes_in[row] = bytes_in
        if status == 200:
            expected = self._expected[row]
            rows.outcome[row] = (
                Outcome.ACCEPTED if body == expected or expected is None else Outcome.WRONG_BODY
            )
        else:
            rows.outcome[row] = _BY_STATUS.get(status, Outcome.WRONG_STATUS)
        self._one_done()

    def lost(
        self, row: int, sent_ns: int, done_ns: int, outcome: Outcome, bytes_out: int, bytes_in: int
    ) -> None:
        """Record a request that got no reply."""
        rows = self.rows
        rows.sent_ns[row] = -1 if sent_ns < 0 else sent_ns - self._start_ns
        rows.done_ns[row] = done_ns - self._start_ns
        rows.bytes_out[row] = bytes_out
        rows.bytes_in[row] = bytes_in
        rows.outcome[row] = outcome
        self._one_done()

    def broke(self, error: Exception) -> None:
        """End at once: wait() raises."""
        if not self._ended.ready():
            self._timer.disarm()
            self._ended.set_exception(error)

    def _one_done(self) -> None:
        self._left -= 1
        if self._left == 0 and self._next == len(self._due):
            self._end()

    def _end(self) -> None:
        if self._ended.ready():
            return
        drained_ns = time.monotonic_ns()
        self._timer.disarm()
        self._ended.set(
            Window(
                started_ns=self._start_ns,
                drained_ns=drained_ns,
                cpu_ns=time.process_time_ns() - self._cpu_ns,
                in_flight_max=self._in_flight_max,
                in_flight_cap=self._cap,
                connections_opened=self._pool.opened - self._opened,
                idle_closed=self._pool.idle_closed - self._idle_closed,
            )
        )
