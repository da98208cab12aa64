"""Our open loop under plain Locust, with its page: for a look at one running server.

    locust -f loadtests/locustfile.py --host http://127.0.0.1:8000 --rate 200 --header "Cookie: session=..."

Without a header it asks for /public, with one for /me. Response times count from when a request was due, so
they keep growing while the server is stalled. Locust rounds what it shows to whole milliseconds and to two
digits above 100: for figures to decide by, use `authbench run`.
"""

import logging
import time
from argparse import Namespace
from collections import deque
from urllib.parse import urlsplit

import gevent
import numpy as np
from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.exception import StopUser
from locust.stats import RequestStats

from authbench.exitcodes import ExitCode
from authbench.records import Outcome
from loadtests.arrivals import poisson_schedule
from loadtests.dispatcher import OpenLoop
from loadtests.open_loop_user import OpenLoopUser
from loadtests.recorder import PENDING, Recorder
from loadtests.request_bytes import lay_out_request
from loadtests.transport import ConnectionPool

_CONNECTIONS = 64
_SECOND_NS = 1_000_000_000
_LEAD_NS = 100_000_000  # each second's schedule is laid out this long before it begins
_ROWS_AT_ONCE = 50  # Locust's statistics cost about 5 us a row; between two batches requests are sent


@events.init_command_line_parser.add_listener
def add_arguments(parser: LocustArgumentParser) -> None:
    """What Locust's own arguments do not say."""
    parser.add_argument(
        "--rate", type=float, default=100.0, help="requests/s, arriving as a Poisson process (default: 100)"
    )
    parser.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="NAME: VALUE",
        help="a credential's header, repeatable; none: ask for /public",
        include_in_web_ui=False,
    )


def feed(stats: RequestStats, rows: Recorder, path: str) -> None:
    """Hand the ended requests of one schedule to Locust's statistics, in ms from when each was due."""
    ended = zip(rows.due_ns.tolist(), rows.done_ns, rows.bytes_in, rows.status, rows.outcome, strict=True)
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


def _target(host: str | None, options: Namespace) -> tuple[str, int, str, bytes]:
    """(host, port, path, request) of the run. ValueError if it cannot be sent."""
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
    path = "/me" if headers else "/public"
    port = url.port or 80
    return url.hostname, port, path, lay_out_request("GET", path, url.hostname, port, headers)


class HostUser(OpenLoopUser):
    """Sends to --host at --rate. One turn lays out one second; rows live until their second is reported."""

    def on_start(self) -> None:
        """Nothing is open yet: what goes wrong in a turn, Locust tells without a traceback."""
        self._pool: ConnectionPool | None = None
        self._seconds: deque[OpenLoop] = deque()

    def turn(self) -> None:
        """Begin the next second, report those that ended, sleep until the one after is due."""
        pool = self._pool or self._open()
        self._seed += 1
        schedule = poisson_schedule(self.environment.parsed_options.rate, 1.0, self._seed)
        order = np.zeros(len(schedule), np.int64)
        second = OpenLoop(pool, [self._request], [None], schedule, order, duration_s=1.0)
        second.begin(self._next_ns)
        self._seconds.append(second)
        self._next_ns += _SECOND_NS
        while self._seconds[0].ended:
            ended = self._seconds.popleft()
            ended.wait()
            feed(self.environment.stats, ended.rows, self._path)
        gevent.sleep(max(0, self._next_ns - _LEAD_NS - time.monotonic_ns()) / 1e9)

    def _open(self) -> ConnectionPool:
        """Grow the pool. If that cannot be, say why and end the run (the page, if there is one, stays)."""
        environment = self.environment
        try:
            address, port, self._path, self._request = _target(self.host, environment.parsed_options)
            self._pool = ConnectionPool(address, port, _CONNECTIONS)
            self._pool.grow()
        except (OSError, ValueError) as error:
            logging.getLogger(__name__).error(  # noqa: TRY400 - the reason is one line, not a traceback
                "cannot send to %s: %s", self.host, error
            )
            environment.process_exit_code = ExitCode.USAGE
            gevent.spawn(environment.runner.stop if environment.web_ui else environment.runner.quit)
            raise StopUser from None
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
