"""Closed loop: K connections that are always busy, each sending when its last reply is in.

Used to find the rate an arm can take, to warm up, and for workloads that say `loop = "closed"`. Its times are
not response times of anything: a slow reply delays the next request, so the slow moments are asked for less
often. So a request is due when it is sent, and no latency may be computed from its rows.
"""

import time
from collections.abc import Iterator

import numpy as np

from authbench.contracts.message import OrderError
from loadtests.generator.rows import Columns, Recorder
from loadtests.generator.window import DRAIN_S, NS_PER_S, MeasuredLoop
from loadtests.http.pool import ConnectionPool
from loadtests.http.request import LaidOutRequest


class ClosedLoop(MeasuredLoop):
    """Keeps `connections` requests in flight for `duration_s`, then drains. Grow the pool to them first.

    `source` gives the requests, without end; if it raises OrderError, so does wait(). A request without
    a reply ends its connection's lane, so a dead server is not called in a tight loop; the window ends with
    the last lane.
    """

    def __init__(
        self,
        pool: ConnectionPool,
        source: Iterator[LaidOutRequest],
        duration_s: float,
        connections: int,
        drain_s: float = DRAIN_S,
    ) -> None:
        nothing = np.empty(0, np.int64)
        super().__init__(pool, [], Recorder(nothing, nothing), connections, duration_s + drain_s)
        self._source = source
        self._duration_ns = round(duration_s * NS_PER_S)
        self._lanes = connections
        self._begun = self._over = False

    def columns(self) -> Columns:
        """The rows; each is due when it was sent. RuntimeError as for `Recorder.columns`."""
        columns = self.rows.columns()
        columns["due_ns"] = np.where(columns["sent_ns"] >= 0, columns["sent_ns"], columns["due_ns"])
        return columns

    def _rung(self) -> None:
        if not self._begun:
            self._begun = True
            self._timer.arm(self._start_ns + self._duration_ns)
            for _ in range(self._cap):
                if not self.ended:
                    self._send()
        elif not self._over:
            self._over = True
            self._timer.arm(self._start_ns + self._deadline_ns)
        else:
            self._pool.abandon(self, time.monotonic_ns())

    def _send(self) -> None:
        try:
            request = next(self._source)
        except OrderError as error:
            self.broke(error)
            self._pool.abandon(self, time.monotonic_ns())
            return
        row = self.rows.add(time.monotonic_ns() - self._start_ns, request.operation_code)
        self._requests.append(request)
        self._pool.send(request.wire, row, self)
        self._in_flight_max = max(self._in_flight_max, self._pool.in_flight)

    def _one_done(self, row: int) -> None:
        rows = self.rows
        if self.ended:
            return
        if rows.status[row] and rows.done_ns[row] < self._duration_ns:
            self._send()
            return
        self._lanes -= 1
        if self._lanes == 0:
            self._end()
