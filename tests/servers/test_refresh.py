import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from authbench.contracts.card import RefreshPolicy
from tests.servers.application.test_endpoints import assert_problem
from tests.servers.cards import CARDS, WITHOUT_PROOF
from tests.servers.conftest import Running, Serve
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import Reply, ServerProcess

STRICT = [name for name in WITHOUT_PROOF if CARDS[name].refresh_policy is RefreshPolicy.STRICT]


@pytest.fixture(params=STRICT)
def refreshing(request: pytest.FixtureRequest, running: Running) -> ServerProcess:
    """Each scheme whose refresh tokens are good for one use."""
    return running[request.param]


def refresh(server: ServerProcess, token: str) -> Reply:
    connection = server.connect()
    try:
        body = json.dumps({"refresh_token": token})
        return server.request("POST", "/refresh", {"Content-Type": "application/json"}, body, connection)
    finally:
        connection.close()


def logout(server: ServerProcess, token: str) -> Reply:
    body = json.dumps({"refresh_token": token})
    return server.request("POST", "/logout", {"Content-Type": "application/json"}, body)


def assert_refused(reply: Reply) -> None:
    """RFC 6749 section 5.2 inside RFC 9457: status 400, the error code as an extension member."""
    assert reply.status == 400, reply
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"
    assert (reply.json["status"], reply.json["error"]) == (400, "invalid_grant")


def family_key(token: str) -> str:
    return f"shared-jwt-hs256:family:{token.partition('.')[0]}"


def test_a_login_can_be_continued(refreshing: ServerProcess) -> None:
    """RFC 6749 section 5.1, and the next one works the same way."""
    body = refreshing.login("root").json
    for _ in range(3):
        reply = refresh(refreshing, body["refresh_token"])
        assert reply.status == 200
        assert reply.headers["cache-control"] == "no-store"
        assert set(reply.json) == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
        assert (reply.json["token_type"], reply.json["scope"]) == ("Bearer", "user admin")
        assert reply.json["refresh_token"] != body["refresh_token"]
        assert reply.json["access_token"] != body["access_token"]
        credential = refreshing.credential(reply)
        assert refreshing.request("GET", "/me", credential).json == {
            "sub": "root",
            "scope": ["user", "admin"],
        }
        body = reply.json


def test_a_seeded_credential_has_a_login_of_its_own(refreshing: ServerProcess) -> None:
    seeded = refreshing.ask("seed", first=3, count=3, lifetime_s=60)["credentials"]
    seeded += refreshing.ask("seed", first=3, count=1, lifetime_s=60)["credentials"]
    assert len({item["refresh"].partition(".")[0] for item in seeded}) == 4
    for item in seeded:
        reply = refresh(refreshing, item["refresh"])
        assert refreshing.request("GET", "/me", refreshing.credential(reply)).json["sub"] == item["sub"]


@pytest.mark.parametrize("generations", [1, 2, 5])
def test_the_second_use_of_a_token_ends_its_login(
    tokens: ServerProcess, redis_server: RedisProcess, generations: int
) -> None:
    """RFC 9700 section 4.14.2: whichever of the old ones it is, and the newest one is worth nothing then."""
    first = newest = tokens.login().json["refresh_token"]
    for _ in range(generations):
        newest = refresh(tokens, newest).json["refresh_token"]
    reused = refresh(tokens, first)
    assert_refused(reused)
    assert "has been ended" in reused.json["detail"]
    assert redis_server.ask("EXISTS", family_key(first)) == 0
    after = refresh(tokens, newest)
    assert_refused(after)
    assert "has been ended" not in after.json["detail"]


def test_a_reuse_ends_no_other_login(tokens: ServerProcess) -> None:
    one, other = (tokens.login().json["refresh_token"] for _ in range(2))
    refresh(tokens, one)
    assert_refused(refresh(tokens, one))
    assert refresh(tokens, other).status == 200


def test_a_wrong_secret_ends_nothing(tokens: ServerProcess) -> None:
    token = tokens.login().json["refresh_token"]
    assert_refused(refresh(tokens, token.partition(".")[0] + "." + "A" * 43))
    assert refresh(tokens, token).status == 200


def test_of_many_at_once_one_wins_and_the_login_is_ended(
    tokens: ServerProcess, redis_server: RedisProcess
) -> None:
    """All 16 present the same token, so 15 of them are a reuse: the winner's token is dead as well."""
    for _ in range(3):
        token = tokens.login().json["refresh_token"]
        with ThreadPoolExecutor(16) as threads:
            replies = list(threads.map(lambda sent: refresh(tokens, sent), [token] * 16))
        won = [reply for reply in replies if reply.status == 200]
        assert len(won) == 1
        refused = [reply for reply in replies if reply.status != 200]
        for reply in refused:
            assert_refused(reply)
        # Exactly one of them ended it; the others came too late to find anything.
        assert sum("has been ended" in reply.json["detail"] for reply in refused) == 1
        assert redis_server.ask("EXISTS", family_key(token)) == 0
        assert_refused(refresh(tokens, won[0].json["refresh_token"]))


def test_expired_is_refused_and_deleted(tokens: ServerProcess, redis_server: RedisProcess) -> None:
    token = tokens.login().json["refresh_token"]
    redis_server.ask("HSET", family_key(token), "expires", 1_000_000_000)
    assert_refused(refresh(tokens, token))
    assert redis_server.ask("EXISTS", family_key(token)) == 0


def test_idle_and_absolute_lifetime(serve: Serve, redis_server: RedisProcess) -> None:
    server = serve(
        scheme="jwt-hs256",
        redis_url=redis_server.url,
        redis_key_prefix="idle:",
        refresh_idle_s=1000,
        refresh_absolute_s=5000,
    )
    token = server.login().json["refresh_token"]
    key = f"idle:family:{token.partition('.')[0]}"
    expires = int(redis_server.ask("HGET", key, "expires"))
    redis_server.ask("EXPIRE", key, 10)
    assert refresh(server, token).status == 200
    assert redis_server.ask("TTL", key) in range(990, 1001)
    # The absolute one never moves, and the index outlives what it lists.
    assert int(redis_server.ask("HGET", key, "expires")) == expires
    assert redis_server.ask("TTL", "idle:families-of:alice") >= redis_server.ask("TTL", key)


def test_only_hashes_are_stored(tokens: ServerProcess, redis_server: RedisProcess) -> None:
    first = tokens.login().json["refresh_token"]
    second = refresh(tokens, first).json["refresh_token"]
    record = redis_server.ask("HGETALL", family_key(first))
    fields = record if isinstance(record, dict) else dict(zip(record[::2], record[1::2], strict=True))
    assert fields[b"generation"] == b"1"
    assert len(fields[b"current"]) == len(fields[b"previous"]) == 32
    for token in (first, second):
        assert token.partition(".")[2].encode() not in b"".join(fields.values())


@pytest.mark.parametrize(
    "token", ["x", ".", "A" * 66, f"{'A' * 22}.{'A' * 43}", f"{'A' * 22}.{'A' * 42}", "*.*", "é" * 30]
)
def test_what_was_never_issued(tokens: ServerProcess, token: str) -> None:
    assert_refused(refresh(tokens, token))


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        ("application/x-www-form-urlencoded", "grant_type=refresh_token", 415),
        ("application/json", "{}", 422),
        ("application/json", '{"refresh_token":7}', 422),
        ("application/json", '{"refresh_token":""}', 422),
        ("application/json", '{"refresh_token":"' + "s3cret" * 100 + '"}', 422),
        ("application/json", " " * 20_000, 413),
    ],
)
def test_what_is_no_refresh(tokens: ServerProcess, media_type: str, body: str, status: int) -> None:
    connection = tokens.connect()
    reply = tokens.request("POST", "/refresh", {"Content-Type": media_type}, body, connection)
    connection.close()
    assert_problem(reply, status)
    assert b"s3cret" not in reply.body


def test_logout_ends_the_login_and_not_the_access_token(refreshing: ServerProcess) -> None:
    login = refreshing.login()
    token = login.json["refresh_token"]
    successor = refresh(refreshing, token).json["refresh_token"]
    # The latest or an older one: whoever logs out means this login.
    assert logout(refreshing, token).status == 204
    assert_refused(refresh(refreshing, successor))
    opened = refreshing.request("GET", "/me", refreshing.credential(login)).status == 200
    assert opened is not refreshing.ask("card")["logout_ends_credential"]
    # RFC 7009 section 2.2: already gone is fine.
    assert logout(refreshing, token).status == 204
    assert_refused(logout(refreshing, "nonsense"))


def test_logout_without_a_refresh_token_needs_an_access_token(tokens: ServerProcess) -> None:
    login = tokens.login()
    assert_problem(tokens.logout({}), 401)
    assert tokens.logout(tokens.credential(login)).status == 204
    assert refresh(tokens, login.json["refresh_token"]).status == 200


def test_without_a_store_there_is_nothing_to_refresh(serve: Serve) -> None:
    server = serve(scheme="jwt-hs256")
    card = server.ask("card")
    assert (card["refreshes"], card["store"]) == (False, "none")
    assert {"refresh", "logout-everywhere"}.isdisjoint(card["store_commands"])
    login = server.login()
    assert "refresh_token" not in login.json
    credential = server.credential(login)
    assert_problem(refresh(server, f"{'A' * 22}.{'A' * 43}"), 404)
    assert_problem(server.request("POST", "/logout-everywhere", credential), 404)
    assert_problem(server.request("GET", "/sessions", credential), 404)
    assert server.logout(credential).status == 204
    assert set(server.ask("seed", first=0, count=1, lifetime_s=60)["credentials"][0]) == {"sub", "headers"}
