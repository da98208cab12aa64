"""The window in which an open or a closed loop sends and records requests."""

import contextlib
import gc
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from gevent.event import AsyncResult

from authbench.contracts.records import Outcome
from loadtests.generator.rows import Columns, Recorder
from loadtests.http.pool import ConnectionPool
from loadtests.http.request import LaidOutRequest
from loadtests.http.timer import Timer

NS_PER_S = 1_000_000_000
DRAIN_S = 5.0
_BY_STATUS = {401: Outcome.REFUSED, 403: Outcome.REFUSED, 503: Outcome.UNAVAILABLE}


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Collect garbage before and not inside: a collection delays every request that is due."""
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
    """A slice without its rows. Times are monotonic ns; counts are of this window only."""

    started_ns: int
    drained_ns: int
    generator_cpu_ns: int
    """CPU time of this process from the start to the end of the drain."""
    in_flight_max: int
    in_flight_cap: int
    connections_opened: int
    idle_closed: int


class MeasuredLoop(ABC):
    """Sends through a pool and records; begin it once, then wait. Implements `connection.Sink`.

    `requests[row]` is the request of that row. The window ends when nothing remains to be sent and every row
    has an outcome, or at the deadline: what is still under way then is TIMED_OUT.
    """

    def __init__(
        self,
        pool: ConnectionPool,
        requests: list[LaidOutRequest],
        rows: Recorder,
        in_flight_cap: int,
        deadline_s: float,
    ) -> None:
        self._pool = pool
        self._requests = requests
        self.rows = rows
        self._cap = in_flight_cap
        self._deadline_ns = round(deadline_s * NS_PER_S)
        self._in_flight_max = 0
        self._started = False
        self._start_ns = self._cpu_ns = self._opened = self._idle_closed = 0
        self._ended: AsyncResult = AsyncResult()

    @abstractmethod
    def _rung(self) -> None:
        """Called by the timer: at the start, and whenever it was armed for."""

    @abstractmethod
    def _one_done(self, row: int) -> None:
        """Called when a row that was sent has its outcome."""

    @property
    def distinct_requests(self) -> int:
        """Laid-out requests among the rows: distinct pairs of operation and credential."""
        return len({id(request) for request in self._requests})

    def columns(self) -> Columns:
        """The rows. RuntimeError if a request has no outcome: the window is not over."""
        return self.rows.columns()

    def begin(self, start_ns: int) -> None:
        """Send from `start_ns` (monotonic) on. Returns at once; wait() for the end."""
        self._start_ns = start_ns
        self._pool.attach(self)
        self._timer = Timer(self._ring)
        self._timer.arm(start_ns)

    def wait(self) -> Window:
        """Wait for the end of the drain. Raises what a callback raised: the rows cannot be used then."""
        try:
            return self._ended.get()  # type: ignore[no-any-return] # gevent has no types
        finally:
            self.close()

    def close(self) -> None:
        """Send no more and release the timer. wait() does it; call it only without wait()."""
        self._timer.close()
        self._pool.detach(self)

    @property
    def ended(self) -> bool:
        return bool(self._ended.ready())

    def _ring(self) -> None:
        try:
            if not self._started:
                self._started = True
                self._opened = self._pool.opened
                self._idle_closed = self._pool.idle_closed
                self._cpu_ns = time.process_time_ns()
            self._rung()
        except Exception as error:  # gevent's hub would print it and go on
            self.broke(error)

    def replied(self, row: int, sent_ns: int, done_ns: int, status: int, body: bytes, bytes_in: int) -> None:
        rows, start_ns = self.rows, self._start_ns
        wire, expected_status, expected_body, _ = self._requests[row]
        rows.sent_ns[row] = sent_ns - start_ns
        rows.done_ns[row] = done_ns - start_ns
        rows.status[row] = status
        rows.bytes_out[row] = len(wire)
        rows.bytes_in[row] = bytes_in
        if status != expected_status:
            rows.outcome[row] = _BY_STATUS.get(status, Outcome.WRONG_STATUS)
        elif expected_body is None or body == expected_body:
            rows.outcome[row] = Outcome.ACCEPTED
        else:
            rows.outcome[row] = Outcome.WRONG_BODY
        self._one_done(row)

    def lost(
        self, row: int, sent_ns: int, done_ns: int, outcome: Outcome, bytes_out: int, bytes_in: int
    ) -> None:
        rows = self.rows
        rows.sent_ns[row] = -1 if sent_ns < 0 else sent_ns - self._start_ns
        rows.done_ns[row] = done_ns - self._start_ns
        rows.bytes_out[row] = bytes_out
        rows.bytes_in[row] = bytes_in
        rows.outcome[row] = outcome
        self._one_done(row)

    def broke(self, error: Exception) -> None:
        """End at once: wait() raises."""
        if not self._ended.ready():
            self._timer.disarm()
            self._ended.set_exception(error)

    def _end(self) -> None:
        if self._ended.ready():
            return
        drained_ns = time.monotonic_ns()
        self._timer.disarm()
        self._ended.set(
            Window(
                started_ns=self._start_ns,
                drained_ns=drained_ns,
                generator_cpu_ns=time.process_time_ns() - self._cpu_ns,
                in_flight_max=self._in_flight_max,
                in_flight_cap=self._cap,
                connections_opened=self._pool.opened - self._opened,
                idle_closed=self._pool.idle_closed - self._idle_closed,
            )
        )
