"""What a client and a thief see of each refresh policy, through the application."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import httpx
import pytest

from authbench.contracts.card import Card, Operation, RefreshPolicy
from tests.servers.browser import Browser, Site, site
from tests.servers.redis_process import RedisProcess

POLICIES = {
    "jwt-hs256": RefreshPolicy.STRICT,
    "jwt-refresh-static": RefreshPolicy.STATIC,
    "jwt-refresh-grace": RefreshPolicy.GRACE,
    "jwt-refresh-confirm": RefreshPolicy.CONFIRM_ON_USE,
}
TWICE = ["jwt-refresh-grace", "jwt-refresh-confirm"]
PREFIXES = count()


class Client:
    """A browser that keeps no cookies, because it gets none."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    async def log_in(self) -> str:
        answer = await self._browser.sign_in("")
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["refresh_token"]
        return token

    async def refresh(self, token: str) -> httpx.Response:
        return await self._browser.post("/refresh", json={"refresh_token": token})

    async def renewed(self, token: str) -> str:
        """The token that follows; it must be given, with an access token that opens."""
        answer = await self.refresh(token)
        assert answer.status_code == 200, answer.text
        bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        assert (await self._browser.get("/me", headers=bearer)).json()["sub"] == "alice"
        follower: str = answer.json()["refresh_token"]
        return follower

    async def refused(self, token: str) -> str:
        """Why it is refused; it must be."""
        answer = await self.refresh(token)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        detail: str = answer.json()["detail"]
        return detail


Visit = Callable[[Client, Site], Awaitable[None]]


def visit(redis: RedisProcess, name: str, steps: Visit, **settings: int) -> None:
    prefix = f"refresh-schemes-{next(PREFIXES)}:"

    async def whole() -> None:
        where: dict[str, Any] = {"redis_url": redis.url, "redis_key_prefix": prefix}
        async with (
            site(name, **where, store_deadline_ms=5000, **settings) as found,
            found.browser() as browser,
        ):
            await steps(Client(browser), found)

    asyncio.run(whole())


@pytest.mark.parametrize("name", POLICIES)
def test_a_login_goes_on(redis_server: RedisProcess, name: str) -> None:
    async def steps(client: Client, found: Site) -> None:
        chain = [await client.log_in()]
        for _ in range(4):
            chain.append(await client.renewed(chain[-1]))
        static = POLICIES[name] is RefreshPolicy.STATIC
        assert len(set(chain)) == (1 if static else 5)
        assert found.scheme.card.refresh_policy is POLICIES[name]

    visit(redis_server, name, steps)


@pytest.mark.parametrize("name", POLICIES)
def test_the_card_is_exact(redis_server: RedisProcess, name: str) -> None:
    """Redis counts: the first use of a token, and its second."""

    async def steps(client: Client, found: Site) -> None:
        card: Card = found.scheme.card
        token = await client.log_in()
        for number in range(1 if POLICIES[name] is RefreshPolicy.STRICT else 3):
            redis_server.reset_commands()
            await client.renewed(token)
            first = card.store_commands[Operation.REFRESH]
            declared = card.repeated_commands.get(Operation.REFRESH, first) if number else first
            assert redis_server.commands() == declared

    visit(redis_server, name, steps)


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("callers", [16, 64])
def test_many_tabs_at_once(redis_server: RedisProcess, name: str, callers: int) -> None:
    """Exactly one token is good afterwards; under `strict` none, because every tab but one was a thief."""

    async def steps(client: Client, _: Site) -> None:
        token = await client.log_in()
        answers = await asyncio.gather(*(client.refresh(token) for _ in range(callers)))
        won = [answer.json()["refresh_token"] for answer in answers if answer.status_code == 200]
        if POLICIES[name] is RefreshPolicy.STRICT:
            assert len(won) == 1
            await client.refused(won[0])
        else:
            assert len(won) == callers
            (follower,) = set(won)
            await client.renewed(follower)

    visit(redis_server, name, steps)


@pytest.mark.parametrize("name", TWICE)
def test_a_lost_reply_is_forgiven(redis_server: RedisProcess, name: str) -> None:
    """The client asks again with what it has, as often as it takes, and gets what it would have got."""

    async def steps(client: Client, _: Site) -> None:
        token = await client.log_in()
        for lost in (1, 2, 5):
            given = [await client.renewed(token) for _sent in range(lost + 1)]
            assert len(set(given)) == 1
            token = given[0]

    visit(redis_server, name, steps)


@pytest.mark.parametrize("name", TWICE)
def test_an_older_generation_is_a_theft(redis_server: RedisProcess, name: str) -> None:
    """Though the grace is not over: grandparents are never good, and the whole login ends."""

    async def steps(client: Client, _: Site) -> None:
        first = await client.log_in()
        second = await client.renewed(first)
        third = await client.renewed(second)
        assert "has been ended" in await client.refused(first)
        for token in (first, second, third):
            assert "has been ended" not in await client.refused(token)

    visit(redis_server, name, steps)


def test_a_grace_of_nothing_is_strict(redis_server: RedisProcess) -> None:
    async def steps(client: Client, _: Site) -> None:
        token = await client.log_in()
        follower = await client.renewed(token)
        assert "has been ended" in await client.refused(token)
        await client.refused(follower)

    visit(redis_server, "jwt-refresh-grace", steps, refresh_grace_s=0)


@pytest.mark.parametrize("name", POLICIES)
def test_a_guess(redis_server: RedisProcess, name: str) -> None:
    """The name of a login is no secret: who knows no more than that cannot end it, here or at /logout."""

    async def steps(client: Client, found: Site) -> None:
        token, foreign = await client.log_in(), await client.log_in()
        family, secret = token.split(".")
        for made_up in ("A" * 43, foreign.partition(".")[2], secret[:-1] + "B", secret[1:] + secret[0]):
            await client.refused(f"{family}.{made_up}")
            async with found.browser() as other:
                answer = await other.post("/logout", json={"refresh_token": f"{family}.{made_up}"})
                assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        for one in (token, foreign):
            await client.renewed(one)

    visit(redis_server, name, steps)


@pytest.mark.parametrize("name", POLICIES)
def test_logout_ends_every_generation(redis_server: RedisProcess, name: str) -> None:
    async def steps(client: Client, found: Site) -> None:
        for late in range(3):
            tokens = [await client.log_in()]
            for _ in range(2):
                tokens.append(await client.renewed(tokens[-1]))
            async with found.browser() as other:
                for _again in range(2):
                    answer = await other.post("/logout", json={"refresh_token": tokens[late]})
                    assert answer.status_code == 204
            for dead in tokens:
                await client.refused(dead)

    visit(redis_server, name, steps)


@pytest.mark.parametrize("name", POLICIES)
def test_nothing_stored_can_be_presented(redis_server: RedisProcess, name: str) -> None:
    async def steps(client: Client, found: Site) -> None:
        token = await client.log_in()
        follower = await client.renewed(token)
        stored = b""
        for key in redis_server.ask("KEYS", f"{found.scheme.settings.redis_key_prefix}family:*"):
            record = redis_server.ask("HGETALL", key)
            stored += b"".join(record if isinstance(record, list) else [*record, *record.values()])
        assert b"alice" in stored
        for secret in (token, follower):
            assert secret.partition(".")[2].encode() not in stored

    visit(redis_server, name, steps)


@pytest.mark.parametrize("name", POLICIES)
def test_a_refresh_token_is_no_access_token(redis_server: RedisProcess, name: str) -> None:
    async def steps(client: Client, found: Site) -> None:
        token = await client.log_in()
        async with found.browser() as other:
            answer = await other.get("/me", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401
            body = (await other.post("/refresh", json={"refresh_token": token})).json()
            assert (await client.refresh(body["access_token"])).status_code in (400, 422)

    visit(redis_server, name, steps)
