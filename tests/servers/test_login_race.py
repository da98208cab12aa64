"""A login whose password is still being verified while everything of that user ends: it must not survive."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from servers.application.app import create_app
from servers.contract.scheme import Account, Scheme
from servers.contract.settings import ServerSettings
from servers.database.accounts import Accounts
from servers.database.engine import Database
from servers.discovery import find_scheme
from tests.servers.cheap_passwords import CheapPasswords
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.session_stores import run

OLD, NEW = "the old password", "the new password"
ORIGIN = "http://bench.example"
SCHEMES = [
    "session-memory",
    "session-redis",
    "session-redis-hash",
    "session-redis-lean",
    "session-redis-rewrite-safe",
    "session-sql",
    "jwt-hs256",
]


class HaltingPasswords(CheapPasswords):
    """Argon2 as ever, but the next verification begins only when the test says so."""

    halted: asyncio.Event | None = None
    go_on: asyncio.Event | None = None

    def halt_next(self) -> tuple[asyncio.Event, asyncio.Event]:
        self.halted, self.go_on = asyncio.Event(), asyncio.Event()
        return self.halted, self.go_on

    async def verify(self, password_hash: str | None, password: str) -> bool:
        if self.halted is not None and self.go_on is not None:
            halted, go_on, self.halted, self.go_on = self.halted, self.go_on, None, None
            halted.set()
            await go_on.wait()
        return await super().verify(password_hash, password)


Interrupt = Callable[[httpx.AsyncClient, dict[str, str], Scheme, Accounts], Awaitable[None]]


async def everywhere(client: httpx.AsyncClient, credential: dict[str, str], *_: object) -> None:
    assert (await client.post("/logout-everywhere", headers=credential)).status_code == 204


async def new_password(client: httpx.AsyncClient, credential: dict[str, str], *_: object) -> None:
    body = {"current_password": OLD, "new_password": NEW}
    reply = await client.post("/account/password", headers=credential, json=body)
    assert reply.status_code == 204


async def new_role(_: object, __: object, scheme: Scheme, accounts: Accounts) -> None:
    await accounts.change_scope("alice", "user")
    await scheme.role_changed("alice", "user")


def credential_of(reply: httpx.Response) -> dict[str, str]:
    assert reply.status_code == 200, reply.text
    if cookies := with_csrf(reply):
        return cookies
    return {"Authorization": f"Bearer {reply.json()['access_token']}"}


def with_csrf(reply: httpx.Response) -> dict[str, str]:
    """The cookies a reply sets, and the header that repeats the CSRF cookie."""
    lines = [line for line in reply.headers.get_list("set-cookie") if "; Path=/;" in line]
    pairs = [line.partition(";")[0] for line in lines]
    token = next((pair.partition("=")[2] for pair in pairs if "csrf=" in pair), "")
    return {"Cookie": "; ".join(pairs), "X-CSRF-Token": token} if pairs else {}


async def log_in(client: httpx.AsyncClient, password: str = OLD) -> httpx.Response:
    proof = with_csrf(await client.get("/csrf"))
    client.cookies.clear()
    reply = await client.post("/login", json={"username": "alice", "password": password}, headers=proof)
    client.cookies.clear()
    return reply


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("interrupt", [everywhere, new_password, new_role])
def test_a_login_under_way_is_refused(
    name: str, interrupt: Interrupt, redis_server: RedisProcess, tmp_path: Path
) -> None:
    async def work() -> None:
        prefix = f"race-{name}-{interrupt.__name__}:"
        settings = ServerSettings(
            scheme=name, redis_url=redis_server.url, redis_key_prefix=prefix, store_deadline_ms=5000
        )
        scheme = find_scheme(name)(settings)
        passwords = HaltingPasswords(2, 4)
        database = Database(None, 5.0)
        app = create_app(scheme, database, passwords)
        accounts: Accounts = app.state.accounts
        await database.start()
        await scheme.start()
        try:
            await accounts.add(Account("alice", await passwords.hash(OLD), "user admin"))
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url=ORIGIN, headers={"Origin": ORIGIN}
            )
            credential = credential_of(await log_in(client))

            halted, go_on = passwords.halt_next()
            under_way = asyncio.create_task(log_in(client))
            await halted.wait()
            await interrupt(client, credential, scheme, accounts)
            go_on.set()
            reply = await under_way
            assert reply.status_code == 401
            assert "set-cookie" not in reply.headers
            assert "token" not in json.dumps(reply.json())

            # And a login that begins afterwards is as good as any.
            fresh = await log_in(client, NEW if interrupt is new_password else OLD)
            me = await client.get("/me", headers=credential_of(fresh))
            assert me.json()["scope"] == (["user"] if interrupt is new_role else ["user", "admin"])
            await client.aclose()
        finally:
            await scheme.stop()
            await database.stop()
            passwords.close()

    run(work())
