"""An application in this process and browsers that ask it: they keep cookies, and say where they are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from servers.application.app import create_app
from servers.contract.scheme import Account, Scheme
from servers.contract.settings import ServerSettings
from servers.database.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD, Accounts
from servers.database.engine import Database
from servers.discovery import find_scheme
from tests.servers.cheap_passwords import CheapPasswords

ORIGIN = "http://bench.example"


class Site:
    """One scheme behind the application; accounts as in a demonstration."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme
        self.passwords = CheapPasswords(2, 16)
        self.database = Database(None, 5.0)
        self.app = create_app(scheme, self.database, self.passwords)

    def browser(self, origin: str = ORIGIN) -> "Browser":
        return Browser(self, origin)


class Browser(httpx.AsyncClient):
    """One visitor. What it sends of its own accord: its cookies and its origin; not the CSRF header."""

    def __init__(self, site: Site, origin: str) -> None:
        transport = httpx.ASGITransport(site.app)
        super().__init__(transport=transport, base_url=origin, headers={"Origin": origin})

    @property
    def token(self) -> str:
        """The CSRF cookie's value; empty without one."""
        return next((value for name, value in self.cookies.items() if name.endswith("csrf")), "")

    @property
    def proof(self) -> dict[str, str]:
        """What a page of our own adds to a state change."""
        return {"X-CSRF-Token": self.token}

    def replace_cookies(self, cookies: dict[str, str]) -> None:
        """Forget the ones that are kept, and keep these, as the site would have set them."""
        self.cookies.clear()
        for name, value in cookies.items():
            self.cookies.set(name, value, domain=self.base_url.host)

    async def log_in(self, username: str = "alice") -> httpx.Response:
        """As the page for it does: a token first."""
        await self.get("/csrf")
        return await self.sign_in(self.token, username)

    async def sign_in(self, token: str, username: str = "alice") -> httpx.Response:
        """POST /login with this token."""
        body = {"username": username, "password": DEMO_PASSWORD}
        return await self.post("/login", json=body, headers={"X-CSRF-Token": token})

    async def order(self, headers: dict[str, str] | None = None) -> httpx.Response:
        """A state change."""
        return await self.post("/orders", json={"item": "pen", "quantity": 1}, headers=headers or {})


@asynccontextmanager
async def site(name: str, **settings: Any) -> AsyncIterator[Site]:
    """The scheme of that name, started. A store may take long to answer: this machine does other work too."""
    patient = {"store_deadline_ms": 5000, **settings}
    made = Site(find_scheme(name)(ServerSettings(scheme=name, **patient)))
    await made.database.start()
    await made.scheme.start()
    try:
        accounts: Accounts = made.app.state.accounts
        password = await made.passwords.hash(DEMO_PASSWORD)
        for username, scope in DEMO_ACCOUNTS.items():
            await accounts.add(Account(username, password, scope))
        yield made
    finally:
        await made.scheme.stop()
        await made.database.stop()
        made.passwords.close()
