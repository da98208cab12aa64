"""Users as Locust knows them: each logs in, thinks, asks, waits for the reply, and logs out at the end.

A closed loop: while a server is stalled its users ask for less, so what Locust shows of the stall is too
little. Good for a look and for teaching a server's endpoints; figures to decide by come from `authbench run`.
"""

import time
from typing import Any, ClassVar

import gevent
from locust import FastHttpUser, between, task
from locust.contrib.fasthttp import FastResponse

from loadtests.ending import refuse

_RETRY_LOGIN_S = 1.0
_REFRESH_AT = 0.8
"""Share of a token's lifetime after which a careful client exchanges it."""
_WHOLE_SECOND_S = 1.0
"""A token that says it expires in 5 s may have 4.1 s: its times are whole seconds (RFC 7519 section 2)."""


class LoggedInUser(FastHttpUser):
    """What both kinds do. Of 20 requests 16 are GET /me, 3 GET /orders and 1 POST /orders."""

    abstract = True
    wait_time = between(0.5, 1.5)
    max_redirects = 0
    is_logged_in = False
    telling: ClassVar[tuple[int, ...]] = (200,)
    """Statuses of a login's reply that say whether the server fits this kind of user."""

    def credential(self) -> dict[str, str]:
        """Headers to send with a request. The first call logs in.

        Not in on_start: of a user that stops there Locust prints a traceback.
        """
        if not self.is_logged_in:
            self._log_in()
            self.is_logged_in = True
        return self.headers()

    def _log_in(self) -> None:
        """Log in. A server that hashes as many passwords as it can says 503: try again."""
        options = self.environment.parsed_options
        content = {"username": options.username, "password": options.password}
        while True:
            reply = self.client.post("/login", json=content, headers=self.before_login())
            if reply.status_code != 503:
                break
            gevent.sleep(_RETRY_LOGIN_S)
        if reply.status_code not in self.telling:
            reason = (
                f"status {reply.status_code}"
                if reply.status_code
                else str(getattr(reply, "error", "no reply"))
            )
            refuse(self.environment, f"cannot log in to {self.host} as {options.username}: {reason}")
        self.logged_in(reply)

    def before_login(self) -> dict[str, str]:
        """Headers of a login."""
        return {"Origin": self.host or ""}

    def logged_in(self, reply: FastResponse) -> None:
        """Keep what the login gave; refuse() if it is not for this kind of user."""
        raise NotImplementedError

    def headers(self) -> dict[str, str]:
        """What a request needs to be recognised and to change state."""
        raise NotImplementedError

    @task(16)
    def read(self) -> None:
        """Who am I."""
        self.client.get("/me", headers=self.credential())

    @task(3)
    def list_orders(self) -> None:
        """What have I ordered."""
        self.client.get("/orders", headers=self.credential())

    @task(1)
    def add_order(self) -> None:
        """Order something."""
        order = {"item": "tea", "quantity": 1}
        self.client.post("/orders", json=order, headers=self.credential())

    def on_stop(self) -> None:
        """Log out, if this user ever got in."""
        if self.is_logged_in:
            self.client.post("/logout", headers=self.credential())


class SessionUser(LoggedInUser):
    """Keeps cookies, as a browser does, and proves where its requests come from (against CSRF)."""

    def before_login(self) -> dict[str, str]:
        """A login needs a CSRF token too, one for nobody's session."""
        self.client.get("/csrf")
        return self.headers()

    def logged_in(self, reply: FastResponse) -> None:  # noqa: ARG002 - its cookies are in the jar
        """The client keeps the cookies by itself. The device's, which goes to /login only, is no session."""
        kept = [cookie for cookie in self.client.cookiejar if cookie.path == "/"]
        if not any(not cookie.name.endswith("csrf") for cookie in kept):
            refuse(self.environment, "SessionUser: no session cookie in the login reply: use JwtUser")

    def headers(self) -> dict[str, str]:
        """The origin, and the CSRF cookie repeated: cookies go with every request."""
        headers = {"Origin": self.host or ""}
        for cookie in self.client.cookiejar:
            if cookie.name.endswith("csrf"):
                headers["X-CSRF-Token"] = cookie.value or ""
        return headers


class JwtUser(LoggedInUser):
    """Keeps an access token in memory and exchanges it for a new one before it expires."""

    # 403: a server with cookies wants a CSRF token.
    telling = (200, 403)

    def logged_in(self, reply: FastResponse) -> None:
        """Take the tokens of a login or of a refresh (RFC 6749 section 5.1)."""
        told: Any = reply.json()
        if not isinstance(told, dict) or "access_token" not in told:
            refuse(self.environment, "JwtUser: no access_token in the login reply: use SessionUser")
        self._access_token = told["access_token"]
        self._refresh_token = told.get("refresh_token")
        self._refresh_at_s = time.monotonic() + _REFRESH_AT * (float(told["expires_in"]) - _WHOLE_SECOND_S)

    def headers(self) -> dict[str, str]:
        """The token, a new one if need be. A server without refresh tokens is asked to log in again."""
        if time.monotonic() >= self._refresh_at_s:
            self._renew()
        return {"Authorization": f"Bearer {self._access_token}"}

    def on_stop(self) -> None:
        """Log out: the refresh token too, if there is one."""
        if self.is_logged_in:
            told = None if self._refresh_token is None else {"refresh_token": self._refresh_token}
            self.client.post("/logout", json=told, headers=self.credential())

    def _renew(self) -> None:
        if self._refresh_token is not None:
            reply = self.client.post("/refresh", json={"refresh_token": self._refresh_token})
            if reply.status_code == 200:
                self.logged_in(reply)
                return
        self._log_in()
