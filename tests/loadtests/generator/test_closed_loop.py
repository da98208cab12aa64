import time
from collections.abc import Iterator
from itertools import cycle

import numpy as np
import pytest

from authbench.contracts.card import Operation
from authbench.contracts.message import OrderError
from loadtests.generator.closed_loop import ClosedLoop
from loadtests.generator.rows import Columns, count_outcomes
from loadtests.generator.window import Window
from loadtests.http.pool import ConnectionPool
from loadtests.http.request import LaidOutRequest, lay_out_request
from tests.loadtests.scripted_server import ScriptedServer, body_of

USERS = ["ada", "grace", "edsger"]
_LONG_S = 1.0
"""In which a busy machine, too, answers the first requests, so that others follow."""


def requests(path: str) -> list[LaidOutRequest]:
    return [
        LaidOutRequest(
            lay_out_request("GET", path, "127.0.0.1", 1, {"X-User": user}),
            200,
            body_of(user),
            Operation.READ.code,
        )
        for user in USERS
    ]


def run(
    pool: ConnectionPool, path: str, connections: int = 4, drain_s: float = 5.0, duration_s: float = 0.1
) -> tuple[Window, Columns]:
    loop = ClosedLoop(pool, cycle(requests(path)), duration_s, connections, drain_s)
    loop.begin(time.monotonic_ns())
    return loop.wait(), loop.columns()


@pytest.fixture
def pool(server: ScriptedServer) -> Iterator[ConnectionPool]:
    pool = ConnectionPool("127.0.0.1", server.port, 4)
    pool.grow()
    yield pool
    pool.close()


def test_it_keeps_its_connections_busy_and_takes_every_credential(
    server: ScriptedServer, pool: ConnectionPool
) -> None:
    window, columns = run(pool, "/whole", duration_s=_LONG_S)
    assert count_outcomes(columns) == {"ACCEPTED": server.requests}
    assert server.requests > 4
    assert (window.in_flight_max, window.in_flight_cap) == (4, 4)
    assert max(server.users.values()) - min(server.users.values()) <= 1
    assert (server.connections, pool.in_flight) == (4, 0)


def test_a_request_is_due_when_it_is_sent(server: ScriptedServer, pool: ConnectionPool) -> None:
    _, columns = run(pool, "/whole")
    assert np.array_equal(columns["due_ns"], columns["sent_ns"])
    assert np.all(np.diff(columns["sent_ns"]) >= 0)
    assert np.all(columns["done_ns"] >= columns["sent_ns"])
    assert set(columns["operation"].tolist()) == {Operation.READ.code}


def test_a_wrong_reply_keeps_the_lane_busy_but_is_not_accepted(
    server: ScriptedServer, pool: ConnectionPool
) -> None:
    _, columns = run(pool, "/another-user", duration_s=_LONG_S)
    assert count_outcomes(columns) == {"WRONG_BODY": server.requests}
    assert server.requests > 4


def test_nothing_is_sent_after_the_duration(server: ScriptedServer, pool: ConnectionPool) -> None:
    _, columns = run(
        pool, "/slow"
    )  # 100 ms each: a second request of a lane has no time left, or next to none
    assert server.requests == len(columns["sent_ns"]) <= 8


def test_a_lane_without_a_reply_ends(server: ScriptedServer, pool: ConnectionPool) -> None:
    _, columns = run(pool, "/close")
    assert count_outcomes(columns) == {"CLOSED": 4}
    assert server.requests == 4


def test_a_silent_server_ends_with_the_drain(server: ScriptedServer, pool: ConnectionPool) -> None:
    window, columns = run(pool, "/never", drain_s=0.01)
    assert count_outcomes(columns) == {"TIMED_OUT": 4}
    assert window.drained_ns - window.started_ns >= 110_000_000
    assert pool.in_flight == 0


def test_a_server_that_is_gone_fails_every_lane_once() -> None:
    with ScriptedServer() as gone:
        pool = ConnectionPool("127.0.0.1", gone.port, 1)
    _, columns = run(pool, "/whole")
    assert count_outcomes(columns) == {"CONNECT_FAILED": 4}
    assert np.all(columns["sent_ns"] == -1)


def test_a_source_that_runs_out_ends_the_window_and_leaves_the_pool_usable(
    server: ScriptedServer, pool: ConnectionPool
) -> None:
    def nine() -> Iterator[LaidOutRequest]:
        for _ in range(3):
            yield from requests("/whole")
        raise OrderError("none left")

    loop = ClosedLoop(pool, nine(), 10.0, 4)
    loop.begin(time.monotonic_ns())
    with pytest.raises(OrderError, match="none left"):
        loop.wait()
    assert (server.requests <= 9, pool.in_flight) == (True, 0)
    pool.grow()
    run(pool, "/whole")


def test_a_source_shorter_than_the_lanes_ends_at_once(server: ScriptedServer, pool: ConnectionPool) -> None:
    def none() -> Iterator[LaidOutRequest]:
        raise OrderError("none left")
        yield

    loop = ClosedLoop(pool, none(), 10.0, 4)
    loop.begin(time.monotonic_ns())
    with pytest.raises(OrderError, match="none left"):
        loop.wait()
    assert (server.requests, pool.in_flight) == (0, 0)
