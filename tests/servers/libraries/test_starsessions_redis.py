"""What starsessions 2.2.1 does at a login, at a logout and with a request in flight, on a real Redis."""

import pytest

from tests.servers.conftest import Serve
from tests.servers.libraries.visits import INVENTED, after_logout, id_of, logged_in, needs, run, visited, who
from tests.servers.redis_process import RedisProcess

NAME = "starsessions-redis"
needs(NAME)


def test_a_logout_ends_the_session_unless_a_request_is_in_flight(redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with visited(NAME, redis_server) as found:
            assert await after_logout(found, in_flight=False) is None
            assert await after_logout(found, in_flight=True) == "alice"
            assert found.scheme.card.revived_by_requests_in_flight

    run(visit())


def test_every_read_sets_the_cookie_again(redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with visited(NAME, redis_server) as found, found.browser() as visitor:
            await logged_in(visitor)
            read = await visitor.get("/me")
            assert read.headers["set-cookie"].startswith(f"session={id_of(visitor)}; path=/; max-age=")

    run(visit())


@pytest.mark.parametrize("planted", ["invented", "of the attacker's own session"])
def test_a_login_keeps_the_id_that_was_planted(planted: str, redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with (
            visited(NAME, redis_server) as found,
            found.browser() as attacker,
            found.browser() as victim,
        ):
            chosen = INVENTED
            if planted != "invented":
                await logged_in(attacker, "root")
                chosen = id_of(attacker)
            victim.replace_cookies({"session": chosen})
            await logged_in(victim)
            attacker.replace_cookies({"session": chosen})
            assert await who(attacker) == "alice"

    run(visit())


def test_without_a_store_the_answer_is_500(serve: Serve, own_redis: RedisProcess) -> None:
    """The application raises what is answered 503; the library then asks whether the session is empty."""
    server = serve(scheme=NAME, redis_url=own_redis.url, store_deadline_ms=5000)
    (credential,) = server.seed()
    assert server.request("GET", "/me", credential).status == 200
    own_redis.kill()
    assert server.request("GET", "/me", credential).status == 500
    assert server.request("GET", "/public").status == 200
    own_redis.start()
    assert server.request("GET", "/me", credential).status == 401
