"""What a client sees of a store that is frozen, gone or full: 503, then everything as before."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import Reply, ServerProcess

_THREADS = 24


def assert_unavailable(reply: Reply) -> None:
    assert reply.status == 503, reply
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["retry-after"] == "1"
    assert reply.json["status"] == 503
    assert "redis" not in reply.body.decode().lower()


def read_all(server: ServerProcess, credentials: list[dict[str, str]]) -> list[Reply]:
    """/me with every credential, many at a time, each thread on a connection of its own."""

    def read(share: list[dict[str, str]]) -> list[Reply]:
        connection = server.connect()
        try:
            return [server.request("GET", "/me", sent, connection=connection) for sent in share]
        finally:
            connection.close()

    shares = [credentials[start::_THREADS] for start in range(_THREADS)]
    with ThreadPoolExecutor(_THREADS) as pool:
        replies = list(pool.map(read, shares))
    return [reply for row in itertools.zip_longest(*replies) for reply in row if reply is not None]


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[ServerProcess, RedisProcess]]:
    """A pool smaller than the number of clients, so that waiting for a connection is part of it."""
    with TemporaryDirectory(prefix="failing-") as path:
        redis = RedisProcess(Path(path))
        server = ServerProcess(
            Path(path),
            scheme="session-redis",
            redis_url=redis.url,
            store_connections=6,
            store_connections_warm=6,
            store_deadline_ms=1000,
        )
        yield server, redis
        server.stop()
        redis.kill()


@pytest.fixture
def sessions(pair: tuple[ServerProcess, RedisProcess]) -> ServerProcess:
    return pair[0]


@pytest.fixture
def own_redis(pair: tuple[ServerProcess, RedisProcess]) -> Iterator[RedisProcess]:
    """Whatever a test does to it, the next one finds a new Redis."""
    yield pair[1]
    pair[1].thaw()
    pair[1].kill()
    pair[1].start()


def test_frozen_then_thawed(sessions: ServerProcess, own_redis: RedisProcess) -> None:
    credentials = sessions.seed(240)
    failures = sessions.ask("counters")["store_unavailable"]
    for _ in range(2):
        own_redis.freeze()
        frozen = read_all(sessions, credentials[:48])
        for reply in frozen:
            assert_unavailable(reply)
        failures += len(frozen)
        assert_unavailable(sessions.login())
        assert_unavailable(sessions.logout(credentials[0]))
        failures += 2
        assert sessions.request("GET", "/public").status == 200
        assert sessions.ask("counters")["store_unavailable"] == failures
        own_redis.thaw()
        # No reply of another's: every answer names the user whose session was sent.
        own_redis.ask("PING")
        for number, reply in enumerate(read_all(sessions, credentials)[1:], start=1):
            if reply.status == 503:
                failures += 1
                continue
            assert reply.json["sub"] == f"user-{number:06d}"
        failures = sessions.ask("counters")["store_unavailable"]
    # The logout was answered with 503, yet Redis may have got it: the first session is anybody's guess.
    settled = read_all(sessions, credentials)[1:]
    assert [reply.json.get("sub") for reply in settled] == [f"user-{n:06d}" for n in range(1, 240)]


def test_killed_and_started_again(sessions: ServerProcess, own_redis: RedisProcess) -> None:
    (credential,) = sessions.seed()
    own_redis.kill()
    for reply in read_all(sessions, [credential] * 48):
        assert_unavailable(reply)
    assert_unavailable(sessions.login())
    own_redis.start()
    # Its sessions are gone with it: refused, not remembered.
    assert {reply.status for reply in read_all(sessions, [credential] * 48)} == {401}
    fresh = sessions.credential(sessions.login())
    assert sessions.request("GET", "/me", fresh).status == 200


def test_full(sessions: ServerProcess, own_redis: RedisProcess) -> None:
    credential = sessions.credential(sessions.login())
    own_redis.ask("CONFIG", "SET", "maxmemory", 1)
    refused = sessions.login()
    assert_unavailable(refused)
    assert "set-cookie" not in refused.headers
    assert sessions.request("GET", "/me", credential).status == 200
    own_redis.ask("CONFIG", "SET", "maxmemory", 0)
    assert sessions.login().status == 200


def test_read_only(sessions: ServerProcess, own_redis: RedisProcess) -> None:
    (credential,) = sessions.seed()
    own_redis.ask("REPLICAOF", "127.0.0.1", 1)
    assert_unavailable(sessions.request("GET", "/me", credential))
    own_redis.ask("REPLICAOF", "NO", "ONE")
    assert sessions.request("GET", "/me", credential).status == 200


def test_an_expired_session_whose_removal_fails_stays_refused(
    sessions: ServerProcess, own_redis: RedisProcess
) -> None:
    (expired,) = sessions.seed(lifetime_s=-5)
    own_redis.ask("ACL", "SETUSER", "default", "-evalsha")
    assert_unavailable(sessions.request("GET", "/me", expired))
    own_redis.ask("ACL", "SETUSER", "default", "+evalsha")
    assert sessions.request("GET", "/me", expired).status == 401


def test_the_other_operations_of_the_harness_say_so(sessions: ServerProcess, own_redis: RedisProcess) -> None:
    own_redis.kill()
    for operation in (
        {"op": "seed", "first": 0, "count": 1, "lifetime_s": 60},
        {"op": "delete_keys"},
        {"op": "ping_store", "count": 1},
    ):
        assert "store is unavailable" in sessions.ask(**operation)["error"]
    assert "error" not in sessions.ask("counters")
