"""What the three strategies of fastapi-users 15.0.5 do at a logout, and with an account that changes."""

import pytest

from servers.database.accounts import DEMO_PASSWORD
from servers.libraries.parts.user_table import User
from tests.servers.libraries.visits import after_logout, logged_in, needs, run, visited, who
from tests.servers.redis_process import RedisProcess

STRATEGIES = ["fastapi-users-jwt", "fastapi-users-redis", "fastapi-users-sql"]
SIGNED = "fastapi-users-jwt"
ALICE = User("account:alice", "alice", "user")

needs(SIGNED)


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_logout_ends_a_token_that_is_stored(name: str, redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with visited(name, redis_server) as found:
            for in_flight in (False, True):
                left = await after_logout(found, in_flight=in_flight)
                assert left == ("alice" if name == SIGNED else None)
            assert found.scheme.card.logout_ends_credential == (name != SIGNED)

    run(visit())


@pytest.mark.parametrize("name", STRATEGIES)
def test_each_login_has_a_token_of_its_own(name: str, redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with visited(name, redis_server) as found, found.browser() as one, found.browser() as other:
            await logged_in(one)
            # The client brings the first token along: it is neither kept nor ended.
            other.headers["Authorization"] = one.headers["Authorization"]
            await logged_in(other)
            if name != SIGNED:
                assert one.headers["Authorization"] != other.headers["Authorization"]
            assert await who(one) == await who(other) == "alice"

    run(visit())


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_user_is_read_each_time_and_a_password_ends_nothing(
    name: str, redis_server: RedisProcess
) -> None:
    async def visit() -> None:
        async with visited(name, redis_server) as found, found.browser() as visitor:
            await logged_in(visitor, "root")
            assert (await visitor.get("/admin/report")).status_code == 200
            await found.scheme.role_changed("root", "user")
            assert (await visitor.get("/admin/report")).status_code == 403
            changed = {"current_password": DEMO_PASSWORD, "new_password": "a password nobody has used yet"}
            assert (await visitor.post("/account/password", json=changed)).status_code == 204
            assert await who(visitor) == "root"
            await found.scheme.end_all("root")
            assert await who(visitor) is None

    run(visit())


def test_a_login_under_way_does_not_undo_what_was_changed_meanwhile(redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with visited("fastapi-users-redis", redis_server) as found:
            for change, expected in (("disabled", None), ("rescoped", "root")):
                async with found.browser() as visitor:
                    if change == "disabled":
                        await found.scheme.end_all("alice")
                        await logged_in(visitor)
                    else:
                        await found.scheme.role_changed("root", "user")
                        await logged_in(visitor, "root")
                    assert await who(visitor) == expected
                    assert (await visitor.get("/admin/report")).status_code in (401, 403)

    run(visit())


def test_two_tokens_that_are_signed_in_one_second_are_the_same(redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with visited(SIGNED, redis_server) as found:
            made = [await found.scheme.strategy.write_token(ALICE) for _ in range(200)]  # type: ignore[attr-defined]
            assert len(set(made)) < len(made)
            assert not found.scheme.card.logins_differ

    run(visit())
