"""Loaded by schemathesis (SCHEMATHESIS_HOOKS): it logs in, and asks for fresh tokens before they expire.

The judge tells the address, an account of its own and the scheme's card in the environment variable TOLD, and
counts from the file named there.
"""

import json
import os
from pathlib import Path
from typing import Any, cast

import schemathesis

from authbench.contracts.card import Card
from loadtests.clients.blocking_client import BlockingClient
from loadtests.clients.client import Client, Headers, Login

TOLD = "AUTHBENCH_JUDGE"
REFRESH_S = 1
"""Seconds after which a token is renewed."""
_told: dict[str, Any] = json.loads(os.environ.get(TOLD, "{}"))


class Renewing:
    """One user of one scheme. Where a refresh is refused, or nothing is left to refresh, it logs in again."""

    def __init__(self) -> None:
        self._client = Client(Card.model_validate(_told["card"]), _told["origin"])
        self._login: Login | None = None

    def get(self, _case: Any, _context: Any) -> Headers:
        """The credential of a refresh, the old one if it cannot be refreshed and is good, or of a login."""
        token = self._login.refresh_token if self._login else None
        with BlockingClient(_told["host"], _told["port"], None) as connection:
            renewed = self._refreshed(connection, token) if token else self._still_good(connection)
            self._login = renewed or self._logged_in(connection)
        return self._login.headers

    def set(self, case: Any, data: Headers, _context: Any) -> None:
        """Add it to a request, with what the scheme demands on top of it."""
        path = case.formatted_path
        sent = {**self._client.headers(case.method.upper(), path, data), "Origin": _told["origin"]}
        case.headers = {**(case.headers or {}), **sent}

    def _still_good(self, connection: BlockingClient) -> Login | None:
        if self._login is None:
            return None
        sent = self._client.headers("GET", "/me", self._login.headers)
        return self._login if connection.request("GET", "/me", sent).status == 200 else None

    def _refreshed(self, connection: BlockingClient, token: str) -> Login | None:
        reply = connection.request(
            "POST", "/refresh", self._client.refresh_headers(), {"refresh_token": token}
        )
        return self._kept("refresh", reply)

    def _logged_in(self, connection: BlockingClient) -> Login:
        headers = self._client.login_headers(lambda: connection.request("GET", "/csrf").set_cookies)
        body = {"username": _told["username"], "password": _told["password"]}
        login = self._kept("login", connection.request("POST", "/login", headers, body))
        if login is None:
            raise RuntimeError("no login")
        return login

    def _kept(self, what: str, reply: Any) -> Login | None:
        if reply.status != 200:
            return None
        with Path(_told["count"]).open("a", encoding="utf-8") as file:
            file.write(f"{what}\n")
        return self._client.keep(reply.set_cookies, reply.json())


if _told:
    cast(Any, schemathesis.auth)(refresh_interval=REFRESH_S)(Renewing)
