from collections.abc import Iterator

import numpy as np
import pytest

from loadtests.closed_loop import ClosedLoop, ClosedLoopResult
from loadtests.request_bytes import lay_out_request
from loadtests.transport import ConnectionPool
from tests.loadtests.null_server import NullServer, body_of

USERS = ["ada", "grace", "edsger"]


@pytest.fixture
def server() -> Iterator[NullServer]:
    with NullServer() as server:
        yield server


def run(pool: ConnectionPool, path: str, connections: int = 4, drain_s: float = 5.0) -> ClosedLoopResult:
    requests = [lay_out_request("GET", path, "127.0.0.1", 1, {"X-User": user}) for user in USERS]
    expected = [body_of(user) for user in USERS]
    return ClosedLoop(pool, requests, expected, np.arange(3), 0.1, connections, drain_s).run()


@pytest.fixture
def pool(server: NullServer) -> Iterator[ConnectionPool]:
    pool = ConnectionPool("127.0.0.1", server.port, 4)
    pool.grow()
    yield pool
    pool.close()


def test_it_keeps_its_connections_busy_and_takes_every_credential(
    server: NullServer, pool: ConnectionPool
) -> None:
    result = run(pool, "/whole")
    assert result.completed == result.accepted > 4
    assert result.failed == 0
    assert 0 < result.elapsed_s <= 0.1
    assert result.completed <= server.requests <= result.completed + 4
    assert max(server.users.values()) - min(server.users.values()) <= 1
    assert (server.connections, pool.in_flight) == (4, 0)


def test_a_wrong_reply_is_completed_but_not_accepted(server: NullServer, pool: ConnectionPool) -> None:
    result = run(pool, "/another-user")
    assert result.completed > 0
    assert result.accepted == 0


def test_replies_after_the_deadline_do_not_count_as_inside_it(
    server: NullServer, pool: ConnectionPool
) -> None:
    result = run(pool, "/slow")  # 100 ms each: none or one in 100 ms, never more
    assert result.completed <= 4
    assert server.requests <= 8


def test_a_lane_without_a_reply_ends(server: NullServer, pool: ConnectionPool) -> None:
    assert run(pool, "/close").failed == 4
    assert server.requests == 4


def test_a_silent_server_ends_with_the_drain(server: NullServer, pool: ConnectionPool) -> None:
    result = run(pool, "/never", drain_s=0.01)
    assert (result.completed, result.failed, result.elapsed_s) == (0, 4, 0.1)
    assert pool.in_flight == 0


def test_a_server_that_is_gone_fails_every_lane_once() -> None:
    with NullServer() as gone:
        pool = ConnectionPool("127.0.0.1", gone.port, 1)
    result = run(pool, "/whole")
    assert (result.completed, result.failed) == (0, 4)
