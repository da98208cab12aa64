"""Our open loop under plain Locust's page: one credential, one address, a given rate."""

import time
from argparse import Namespace
from collections import deque
from urllib.parse import urlsplit

import gevent
from locust import User, task
from locust.stats import RequestStats

from authbench.contracts.card import Operation
from authbench.contracts.generator_protocol import CONNECTIONS
from authbench.contracts.records import Outcome
from loadtests.generator.open_loop import OpenLoop
from loadtests.generator.rows import PENDING, Recorder
from loadtests.generator.window import NS_PER_S
from loadtests.http.pool import ConnectionPool
from loadtests.http.request import LaidOutRequest, lay_out_operation
from loadtests.locust_users.stop import refuse
from loadtests.schedule.arrivals import poisson_schedule

_LEAD_NS = 100_000_000  # each second's schedule is laid out this long before it begins
_ROWS_AT_ONCE = 50  # Locust's statistics cost about 5 us a row; between two batches requests are sent


def feed(stats: RequestStats, rows: Recorder, path: str) -> None:
    """Hand the ended requests of one schedule to Locust's statistics, in ms from when each was due."""
    ended = zip(rows.due_ns, rows.done_ns, rows.bytes_in, rows.status, rows.outcome, strict=True)
    for number, (due_ns, done_ns, bytes_in, status, outcome) in enumerate(ended, start=1):
        if outcome != PENDING:
            response_ms = None if outcome == Outcome.UNSENT else (done_ns - due_ns) / 1e6
            # Locust's own listener passes floats and None too.
            stats.log_request("GET", path, response_ms, bytes_in)  # type: ignore[arg-type]
            if outcome != Outcome.ACCEPTED:
                what = Outcome(outcome).name.lower().replace("_", " ")
                stats.log_error("GET", path, f"{what}: {status}" if status else what)
        if number % _ROWS_AT_ONCE == 0:
            gevent.sleep(0)


def _target(host: str | None, options: Namespace) -> tuple[str, int, LaidOutRequest]:
    """(host, port, request) of the run. ValueError if it cannot be sent."""
    url = urlsplit(host or "")
    if url.scheme != "http" or not url.hostname:
        raise ValueError("--host must be http://HOST:PORT; there is no TLS here")
    if not options.rate > 0:
        raise ValueError("--rate must be positive")
    headers = {}
    for header in options.header:
        name, colon, value = header.partition(":")
        if not colon:
            raise ValueError("--header must be 'NAME: VALUE'")
        headers[name.strip()] = value.strip()
    operation = Operation.READ if headers else Operation.PUBLIC
    port = url.port or 80
    return url.hostname, port, lay_out_operation(operation, url.hostname, port, headers)


class OpenLoopUser(User):
    """Sends to --host at --rate: one user, however many are asked for. Rows live until they are reported."""

    fixed_count = 1

    def on_start(self) -> None:
        """Opens nothing yet: Locust reports an error in a task without a traceback."""
        self._pool: ConnectionPool | None = None
        self._seconds: deque[OpenLoop] = deque()

    @task
    def send_one_second(self) -> None:
        """Begin the next second, report those that ended, sleep until the one after is due."""
        pool = self._pool or self._open()
        self._seed += 1
        schedule = poisson_schedule(self.environment.parsed_options.rate, 1.0, self._seed)
        second = OpenLoop(pool, [self._request] * len(schedule), schedule, duration_s=1.0)
        second.begin(self._next_ns)
        self._seconds.append(second)
        self._next_ns += NS_PER_S
        while self._seconds[0].ended:
            ended = self._seconds.popleft()
            ended.wait()
            feed(self.environment.stats, ended.rows, self._path)
        gevent.sleep(max(0, self._next_ns - _LEAD_NS - time.monotonic_ns()) / 1e9)

    def _open(self) -> ConnectionPool:
        """Grow the pool. If that fails, say why and end the run."""
        try:
            address, port, self._request = _target(self.host, self.environment.parsed_options)
            self._pool = ConnectionPool(address, port, CONNECTIONS)
            self._pool.grow()
        except (OSError, ValueError) as error:
            refuse(self.environment, f"cannot send to {self.host}: {error}")
        self._path = list(Operation)[self._request.operation_code].path
        self._seed = time.time_ns()
        self._next_ns = time.monotonic_ns() + _LEAD_NS
        return self._pool

    def on_stop(self) -> None:
        """Report what has ended by now and close the connections; what is under way is nobody's."""
        for second in self._seconds:
            second.close()
        if self._pool is not None:
            self._pool.close()
        for second in self._seconds:
            feed(self.environment.stats, second.rows, self._path)
