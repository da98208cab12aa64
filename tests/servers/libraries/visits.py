"""Visits to schemes of libraries: what every one of them is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from authbench.contracts.card import Card, Operation
from servers.database.accounts import DEMO_PASSWORD
from tests.servers.browser import Browser, Site, site
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess
from tests.servers.test_logout_race import while_one_is_in_flight
from tests.servers.test_store_commands import ask

LIBRARIES = {
    "authlib-rs256": "authlib",
    "fastapi-users-jwt": "fastapi_users",
    "fastapi-users-redis": "fastapi_users",
    "fastapi-users-sql": "fastapi_users",
    "joserfc-hs256": "joserfc",
    "starlette-session": "starlette",
    "starsessions-redis": "starsessions",
    "starsessions-redis-regenerated": "starsessions",
}
"""The module that each scheme needs."""
INVENTED = "0123456789abcdef0123456789abcdef"
"""An id of the shape of those of starsessions, which nobody issued."""


def needs(name: str) -> None:
    """Skip where the library of this scheme is not installed (`make libraries`)."""
    pytest.importorskip(LIBRARIES[name], reason="make libraries")


def holds_its_card(server: ServerProcess, redis: RedisProcess) -> Card:
    """Ask for each operation, first and again: the stores counted what the card says. Redis is its own."""
    card = Card.model_validate(server.ask("card"))
    for operation in card.store_commands:
        for _ in range(2):
            (seeded,) = server.ask("seed", first=1, count=1, lifetime_s=600, scope="user admin")[
                "credentials"
            ]
            redis.reset_commands()
            before = server.ask("store_statements")
            ask(server, operation, seeded["headers"], "")
            counted = redis.commands()
            for statement, count in server.ask("store_statements").items():
                if count != before.get(statement, 0):
                    counted[statement] = count - before.get(statement, 0)
            assert counted == card.store_commands[operation], operation
    for operation in set(Operation) - set(card.store_commands):
        path = {Operation.REFRESH: "/refresh", Operation.LOGOUT_EVERYWHERE: "/logout-everywhere"}[operation]
        assert server.request("POST", path, {"Origin": server.origin}).status == 404
    return card


def refuses_what_was_not_issued(server: ServerProcess) -> None:
    """Nothing, something invented, something changed, something that has expired."""
    (good,) = server.seed()
    (expired,) = server.seed(lifetime_s=-60)
    ((name, value),) = good.items()
    changed = value[:-12] + ("A" if value[-12] != "A" else "B") + value[-11:]
    assert server.request("GET", "/me", good).json == {"sub": "user-000000", "scope": ["user"]}
    for headers in ({}, {name: value.partition("=")[0] + "=x"}, {name: changed}, expired):
        reply = server.request("GET", "/me", headers)
        assert reply.status == 401, headers
        assert reply.headers["www-authenticate"]


@asynccontextmanager
async def visited(name: str, redis: RedisProcess, **settings: Any) -> AsyncIterator[Site]:
    """The scheme in this process, on a real Redis, with a prefix that no other test has."""
    usual = {"redis_url": redis.url, "redis_key_prefix": f"library-{name}:", "store_connections_warm": 1}
    async with site(name, store_deadline_ms=5000, database_deadline_ms=5000, **usual, **settings) as found:
        yield found
        await found.scheme.delete_keys()


async def logged_in(visitor: Browser, username: str = "alice") -> httpx.Response:
    """POST /login with whatever cookies the visitor has."""
    reply = await visitor.post("/login", json={"username": username, "password": DEMO_PASSWORD})
    assert reply.status_code == 200, reply.text
    if "access_token" in reply.json():
        visitor.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"
    return reply


def id_of(visitor: Browser) -> str:
    """The id in the cookie of a session that a library keeps."""
    return visitor.cookies["session"]


async def who(visitor: Browser) -> str | None:
    """The name that the server has for the visitor; None if it refuses."""
    reply = await visitor.get("/me")
    assert reply.status_code in (200, 401), reply.text
    return reply.json()["sub"] if reply.status_code == 200 else None


async def after_logout(found: Site, *, in_flight: bool) -> str | None:
    """Who a copy of a credential is after its owner has logged out; `in_flight`: during a read of it."""
    async with found.browser() as owner, found.browser() as thief:
        await logged_in(owner)
        thief.replace_cookies(dict(owner.cookies))
        if "Authorization" in owner.headers:
            thief.headers["Authorization"] = owner.headers["Authorization"]
        assert await who(thief) == "alice"
        if in_flight:
            assert (await while_one_is_in_flight(found, thief, owner.post("/logout"))).status_code == 200
        else:
            assert (await owner.post("/logout")).status_code == 204
        return await who(thief)


def run(work: Any) -> None:
    asyncio.run(work)
