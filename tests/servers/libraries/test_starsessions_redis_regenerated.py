"""What `regenerate_session_id` of starsessions 2.2.1 helps against, and what it leaves behind."""

from tests.servers.libraries.visits import INVENTED, after_logout, id_of, logged_in, needs, run, visited, who
from tests.servers.redis_process import RedisProcess

NAME = "starsessions-redis-regenerated"

needs(NAME)


def test_an_invented_id_is_worth_nothing_after_the_login(redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with (
            visited(NAME, redis_server) as found,
            found.browser() as attacker,
            found.browser() as victim,
        ):
            victim.replace_cookies({"session": INVENTED})
            await logged_in(victim)
            assert await who(victim) == "alice"
            attacker.replace_cookies({"session": INVENTED})
            assert await who(attacker) is None

    run(visit())


def test_the_session_before_a_new_login_stays_alive(redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with (
            visited(NAME, redis_server) as found,
            found.browser() as owner,
            found.browser() as thief,
        ):
            await logged_in(owner)
            old = id_of(owner)
            thief.replace_cookies({"session": old})
            # Only the newest cookie is sent: a jar that replaces values one by one keeps both.
            owner.replace_cookies({"session": old})
            reply = await logged_in(owner)
            assert f"session={old};" not in reply.headers["set-cookie"]
            assert await who(thief) == "alice"

    run(visit())


def test_a_request_in_flight_still_undoes_a_logout(redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with visited(NAME, redis_server) as found:
            assert await after_logout(found, in_flight=True) == "alice"

    run(visit())
