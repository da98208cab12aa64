"""Users as Locust knows them: each logs in, thinks, asks, waits for the reply, and logs out at the end.

A closed loop: while a server is stalled its users ask for less, so Locust shows too little of the stall. Use
it to look at a server; take decisions on figures of `authbench run`.
"""

from typing import NoReturn
from urllib.parse import urlsplit

import gevent
from locust import FastHttpUser, between, task
from locust.contrib.fasthttp import FastResponse
from locust.env import Environment

from loadtests.locust_users.kept_login import CookieLogin, KeptLogin, TokenLogin, UnfitServer, fitting
from loadtests.locust_users.stop import refuse

_WAIT_MIN_S, _WAIT_UNASKED_S, _WAIT_MAX_S = 0.1, 1.0, 60.0
"""Seconds before a login is tried again: at least, where the server names none, and at most."""
_NO_HOST = "http://host.invalid"
"""What a user is made with whose --host is a mistake: it stops before it sends anything."""


def base_url(host: str | None) -> str:
    """The --host without the slash at its end, for Locust to join with paths. ValueError if it is no URL."""
    parts = urlsplit(host or "")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("--host must be http://HOST:PORT or https://HOST:PORT")
    if "@" in parts.netloc:
        raise ValueError("--host must not have a user or a password in it: give --username and --password")
    _ = parts.port  # raises ValueError for one that is none
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


class LoggedInUser(FastHttpUser):
    """What all kinds do. Of 20 requests 16 are GET /me, 3 GET /orders and 1 POST /orders."""

    abstract = True
    kept_login: type[KeptLogin]
    wait_time = between(0.5, 1.5)
    max_redirects = 0

    def __init__(self, environment: Environment) -> None:
        """Make the user; a mistake in --host is reported when it sends its first request."""
        self._mistake = ""
        try:
            self.host = base_url(self.host)
        except ValueError as error:
            self._mistake, self.host = f"cannot send to {self.host or 'no --host'}: {error}", _NO_HOST
        super().__init__(environment)
        parts = urlsplit(self.host)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._account = next(environment.__dict__["login_accounts"])
        self._login: KeptLogin | None = None

    def choose_login(self) -> type[KeptLogin]:
        return self.kept_login

    def credential(self, method: str, path: str) -> dict[str, str]:
        """Headers to send with this request. The first call logs in; later ones renew what expires soon.

        Not in on_start: of a user that stops there Locust prints a traceback.
        """
        if self._mistake:
            refuse(self.environment, self._mistake)
        try:
            if self._login is None:
                login = self.choose_login()(self.client, self._origin)
                self._log_in(login)
                self._login = login
            elif not self._login.renew():
                self._log_in(self._login)
        except UnfitServer as error:
            refuse(self.environment, str(error))
        return self._login.headers(method, path)

    def _log_in(self, login: KeptLogin) -> None:
        """Log in. A server that asks for a wait, with 429 or 503, is asked again after it."""
        account = self._account
        content = {"username": account.username, "password": account.password}
        with account.logging_in:
            while True:
                reply = self.client.post("/login", json=content, headers=login.before_login())
                if reply.status_code not in (429, 503):
                    break
                gevent.sleep(_wait_s(reply))
        if reply.status_code not in login.usable_statuses:
            self._refuse(reply, f"cannot log in to {self.host} as {account.username}")
        login.keep(reply)

    def _refuse(self, reply: FastResponse, what: str) -> NoReturn:
        reason = str(getattr(reply, "error", "no reply"))
        refuse(self.environment, f"{what}: {f'status {reply.status_code}' if reply.status_code else reason}")

    @task(16)
    def read(self) -> None:
        self.client.get("/me", headers=self.credential("GET", "/me"))

    @task(3)
    def list_orders(self) -> None:
        self.client.get("/orders", headers=self.credential("GET", "/orders"))

    @task(1)
    def add_order(self) -> None:
        order = {"item": "tea", "quantity": 1}
        self.client.post("/orders", json=order, headers=self.credential("POST", "/orders"))

    def on_stop(self) -> None:
        """Log out, if this user ever got in: the refresh token too, if there is one."""
        if self._login is not None:
            headers = self.credential("POST", "/logout")
            self.client.post("/logout", headers=headers, json=self._login.logout_body())


class SessionUser(LoggedInUser):
    """Keeps cookies, as a browser does, and proves where its requests come from (against CSRF)."""

    kept_login = CookieLogin


class JwtUser(LoggedInUser):
    """Keeps an access token in memory and exchanges it for a new one before it expires."""

    kept_login = TokenLogin


class FittingUser(LoggedInUser):
    """Asks the server once what kind of login it has, and keeps logins of that kind from then on."""

    def choose_login(self) -> type[KeptLogin]:
        """Choose by the challenge to a request without credential (RFC 9110 section 11.6.1)."""
        with self.client.get("/me", name="/me without credential", catch_response=True) as reply:
            if reply.status_code not in (200, 401):
                reply.failure(f"status {reply.status_code}")
                self._refuse(reply, f"cannot ask {self.host} who may come in")
            reply.success()
        return fitting(None if reply.status_code == 200 else _field(reply, "www-authenticate") or "")


def _wait_s(reply: FastResponse) -> float:
    """Seconds that the server asks to wait (RFC 9110 section 10.2.3); one where it names none."""
    asked = _field(reply, "retry-after") or ""
    return min(max(float(asked), _WAIT_MIN_S), _WAIT_MAX_S) if asked.isdecimal() else _WAIT_UNASKED_S


def _field(reply: FastResponse, name: str) -> str | None:
    """A header's value; None without one."""
    return None if reply.headers is None or name not in reply.headers else str(reply.headers[name])
