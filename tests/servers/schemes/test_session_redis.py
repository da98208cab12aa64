import asyncio
import hashlib
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from authbench.contracts.failure import Failure
from servers.contract.claims import Claims
from servers.contract.settings import ServerSettings
from servers.schemes.session_redis import RedisSessionScheme
from tests.servers.conftest import Serve
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess

PREFIX = "shared-session-redis:"


def key_of(credential: dict[str, str]) -> str:
    """Where the session must be stored: nobody who reads the store may find the id itself."""
    session_id = credential["Cookie"].removeprefix("dev-sid=").partition(";")[0]
    return PREFIX + hashlib.sha256(session_id.encode()).hexdigest()


def new_session(server: ServerProcess) -> dict[str, str]:
    return server.credential(server.login())


def status(server: ServerProcess, credential: dict[str, str]) -> int:
    return server.request("GET", "/me", credential).status


def test_the_cookie(sessions: ServerProcess) -> None:
    cookie, *attributes = sessions.login().headers["set-cookie"].split("; ")
    name, _, value = cookie.partition("=")
    assert name == "dev-sid"
    assert len(value) == 43
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax"]


def test_the_cookie_behind_tls(serve: Serve, redis_server: RedisProcess) -> None:
    origin = "https://bench.example"
    server = serve(scheme="session-redis", redis_url=redis_server.url, public_origin=origin)
    cookie, *attributes = server.login(headers={"Origin": origin}).headers["set-cookie"].split("; ")
    assert cookie.startswith("__Host-Http-sid=")
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]
    assert status(server, {"Cookie": cookie}) == 200
    assert status(server, {"Cookie": cookie.replace("__Host-Http-sid", "dev-sid")}) == 401
    assert server.login().status == 403


def test_what_is_stored(sessions: ServerProcess, redis_server: RedisProcess) -> None:
    credential = new_session(sessions)
    claims = Claims.parse(json.loads(redis_server.ask("GET", key_of(credential))))
    assert (claims.sub, claims.scope) == ("alice", "user")
    assert claims.exp - claims.iat == 43200
    assert redis_server.ask("TTL", key_of(credential)) in range(1790, 1801)


def test_no_two_ids_are_alike(sessions: ServerProcess) -> None:
    seeded = sessions.seed(2000)
    assert len({credential["Cookie"] for credential in seeded}) == 2000


def test_reading_starts_the_idle_timeout_again(sessions: ServerProcess, redis_server: RedisProcess) -> None:
    credential = new_session(sessions)
    redis_server.ask("EXPIRE", key_of(credential), 100)
    assert status(sessions, credential) == 200
    assert redis_server.ask("TTL", key_of(credential)) in range(1790, 1801)


def test_the_absolute_timeout_ends_it_for_good(sessions: ServerProcess, redis_server: RedisProcess) -> None:
    (credential,) = sessions.seed(lifetime_s=-5)
    assert redis_server.ask("EXISTS", key_of(credential)) == 1
    assert status(sessions, credential) == 401
    assert redis_server.ask("EXISTS", key_of(credential)) == 0
    assert status(sessions, credential) == 401


@pytest.mark.parametrize("lifetime_s", [0, -86400])
def test_no_reading_revives_an_expired_session(sessions: ServerProcess, lifetime_s: int) -> None:
    (credential,) = sessions.seed(lifetime_s=lifetime_s)
    assert {status(sessions, credential) for _ in range(3)} == {401}


def test_seeded_sessions_live_as_long_as_they_say(
    sessions: ServerProcess, redis_server: RedisProcess
) -> None:
    (credential,) = sessions.seed(lifetime_s=86400)
    assert redis_server.ask("TTL", key_of(credential)) in range(86390, 86401)


def good_value(**changed: object) -> str:
    claims = {
        "iss": "i",
        "aud": "a",
        "sub": "s",
        "scope": "user",
        "iat": 1,
        "exp": time.time() // 1 + 60,
        "jti": "j",
    }
    return json.dumps({**claims, "exp": int(time.time()) + 60, **changed})


@pytest.mark.parametrize(
    "value",
    [
        "",
        "not json",
        "null",
        "[]",
        "{}",
        "\xff",
        "[" * 100_000,
        good_value(exp="tomorrow"),
        good_value(exp=None),
        good_value(exp=True),
        good_value(exp=1e12),
        good_value(sub=7),
        good_value(sub=""),
        good_value(scope=["user"]),
        good_value(iss=None),
    ],
    # Every worker must give a test the same name, and each has its own time.
    ids=lambda value: re.sub(r"[0-9]{10}", "later", value[:99]),
)
def test_a_corrupt_value_is_no_session(
    sessions: ServerProcess, redis_server: RedisProcess, value: str
) -> None:
    credential = new_session(sessions)
    redis_server.ask("SET", key_of(credential), value)
    assert status(sessions, credential) == 401
    assert redis_server.ask("EXISTS", key_of(credential)) == 0


def test_an_invented_id_is_never_adopted(sessions: ServerProcess, redis_server: RedisProcess) -> None:
    credential = {"Cookie": "dev-sid=" + "A" * 43}
    assert status(sessions, credential) == 401
    assert redis_server.ask("EXISTS", key_of(credential)) == 0
    fresh = sessions.credential(sessions.login(headers=credential))
    assert fresh != credential
    assert status(sessions, credential) == 401


@pytest.mark.parametrize(
    "session_id",
    ["", "A" * 42, "A" * 44, "A" * 42 + "!", "A" * 42 + "=", "*", "a" * 100_0, "\xe9" * 43, f'"{"A" * 43}"'],
)
def test_what_cannot_be_an_id_does_not_reach_the_store(
    sessions: ServerProcess, redis_server: RedisProcess, session_id: str
) -> None:
    redis_server.reset_commands()
    reply = sessions.request(
        "GET", "/me", [("Cookie", f"dev-sid={session_id}".encode("latin-1").decode("latin-1"))]
    )
    assert reply.status == 401
    assert redis_server.commands() == {}


@pytest.mark.parametrize("order", [1, -1])
def test_two_session_cookies_are_refused(sessions: ServerProcess, order: int) -> None:
    """Cookie tossing: which of two a parser takes is the attacker's choice, so none is taken."""
    victim, attacker = (credential["Cookie"] for credential in sessions.seed(2))
    both = [victim, attacker][::order]
    assert sessions.request("GET", "/me", {"Cookie": "; ".join(both)}).status == 401
    assert sessions.request("GET", "/me", [("Cookie", value) for value in both]).status == 401
    assert status(sessions, {"Cookie": f"{victim}; theme=dark"}) == 200


def test_a_login_gives_a_new_id_and_ends_the_old_session(sessions: ServerProcess) -> None:
    old = new_session(sessions)
    new = sessions.credential(sessions.login(headers=old))
    assert new != old
    assert status(sessions, old) == 401
    assert status(sessions, new) == 200


def test_a_failed_login_ends_nothing(sessions: ServerProcess) -> None:
    credential = new_session(sessions)
    assert sessions.login(password="wrong", headers=credential).status == 401
    assert status(sessions, credential) == 200


def test_logout_clears_the_cookie(sessions: ServerProcess) -> None:
    credential = new_session(sessions)
    reply = sessions.logout(credential)
    assert reply.headers["set-cookie"].startswith("dev-sid=; Max-Age=0; ")
    assert sessions.logout(credential).status == 204


def test_logout_is_final_for_a_request_in_flight(serve: Serve, own_redis: RedisProcess) -> None:
    """Reads that wait for the store while the session is ended must not bring it back."""
    server = serve(scheme="session-redis", redis_url=own_redis.url, store_deadline_ms=10_000)
    for _ in range(5):
        credential = new_session(server)
        with ThreadPoolExecutor(7) as threads:
            own_redis.freeze()
            answers = [threads.submit(read_apart, server, credential) for _ in range(3)]
            wait_for_requests_in_flight(server, 3)
            left = threads.submit(server.logout, credential)
            wait_for_requests_in_flight(server, 4)
            answers += [threads.submit(read_apart, server, credential) for _ in range(3)]
            wait_for_requests_in_flight(server, 7)
            own_redis.thaw()
        assert left.result().status == 204
        assert {answer.result() for answer in answers} <= {200, 401}
        assert status(server, credential) == 401
        # Neither the session nor its index; what is left is the mark of the login.
        assert own_redis.ask("KEYS", "*") == [b"authbench:sessions-mark:alice"]


def read_apart(server: ServerProcess, credential: dict[str, str]) -> int:
    """The status of one read on a connection of its own."""
    connection = server.connect()
    try:
        return server.request("GET", "/me", credential, connection=connection).status
    finally:
        connection.close()


def wait_for_requests_in_flight(server: ServerProcess, count: int) -> None:
    deadline = time.monotonic() + 30
    while server.ask("counters")["in_flight"] < count:
        assert time.monotonic() < deadline, "the requests never reached the server"


def test_without_a_url_it_does_not_start() -> None:
    scheme = RedisSessionScheme(ServerSettings(scheme="session-redis"))
    with pytest.raises(Failure, match="--redis-url"):
        asyncio.run(scheme.start())
