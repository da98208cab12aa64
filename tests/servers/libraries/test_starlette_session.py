"""What Starlette's SessionMiddleware does with a login, a logout, and a copy of the cookie."""

import http.cookies

from tests.servers.libraries.visits import after_logout, logged_in, run, visited, who
from tests.servers.redis_process import RedisProcess

NAME = "starlette-session"


def test_a_read_sets_no_cookie_and_the_cookie_has_the_defaults_of_the_library(
    redis_server: RedisProcess,
) -> None:
    async def visit() -> None:
        async with visited(NAME, redis_server) as found, found.browser() as visitor:
            reply = await logged_in(visitor)
            cookie = http.cookies.SimpleCookie(reply.headers["set-cookie"])["session"]
            assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/", "lax", True)
            assert not cookie["secure"]
            read = await visitor.get("/me")
            assert read.json()["sub"] == "alice"
            assert "set-cookie" not in read.headers
            assert read.headers["vary"] == "Cookie"

    run(visit())


def test_a_logout_ends_no_copy(redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with visited(NAME, redis_server) as found:
            assert await after_logout(found, in_flight=False) == "alice"
            assert not found.scheme.card.logout_ends_credential

    run(visit())


def test_a_planted_cookie_is_not_the_victims(redis_server: RedisProcess) -> None:
    """There is no id to keep: what the attacker has says who the attacker is."""

    async def visit() -> None:
        async with (
            visited(NAME, redis_server) as found,
            found.browser() as attacker,
            found.browser() as victim,
        ):
            await logged_in(attacker, "root")
            planted = dict(attacker.cookies)
            victim.replace_cookies(planted)
            await logged_in(victim)
            assert await who(victim) == "alice"
            attacker.replace_cookies(planted)
            assert await who(attacker) == "root"

    run(visit())
