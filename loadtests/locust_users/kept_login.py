"""What a client keeps of a login, and what it sends with the requests that follow: one class a carrier."""

import time
from collections.abc import Callable
from typing import Any, Protocol

from locust.contrib.fasthttp import FastHttpSession, FastResponse

REFRESH_AT = 0.8
"""Share of a token's lifetime after which a careful client exchanges it."""
_WHOLE_SECOND_S = 1.0
"""A token that says it expires in 5 s may have 4.1 s: its times are whole seconds (RFC 7519 section 2)."""


class UnfitServer(Exception):
    """The server's answers are not for this kind of client; the text says which kind fits."""


class KeptLogin(Protocol):
    """The client's half of a scheme's carrier."""

    telling: tuple[int, ...]
    """Statuses of a login's reply that `keep` can make something of."""

    def before_login(self) -> dict[str, str]:
        """Return the headers to log in with."""

    def keep(self, reply: FastResponse) -> None:
        """Keep what a login's reply gave. `UnfitServer` if it gave nothing for this kind of client."""

    def headers(self) -> dict[str, str]:
        """Return the headers by which a request is recognised and may change state."""

    def renew(self) -> bool:
        """Renew the credential if it is about to expire. False: the user must log in again."""

    def logout_body(self) -> dict[str, str] | None:
        """Return what a logout sends as JSON, if anything."""


MakeLogin = Callable[[FastHttpSession, str], KeptLogin]
"""Makes one for a user's HTTP client and the origin of its server."""


class CookieLogin:
    """Cookies, kept by the client as a browser does, and the proof of where a request comes from."""

    telling: tuple[int, ...] = (200,)

    def __init__(self, client: FastHttpSession, origin: str) -> None:
        self._client = client
        self._origin = origin

    def before_login(self) -> dict[str, str]:
        """A login needs a CSRF token too, one for nobody's session."""
        self._client.get("/csrf")
        return self.headers()

    def keep(self, reply: FastResponse) -> None:  # noqa: ARG002 - its cookies are in the jar
        """Look for a session cookie. The device's, which has a path of its own, is no session."""
        kept = [cookie.name for cookie in self._client.cookiejar if cookie.path == "/"]
        if all(name.endswith("csrf") for name in kept):
            raise UnfitServer("SessionUser: no session cookie in the login reply: use JwtUser")

    def headers(self) -> dict[str, str]:
        """Return the origin and the CSRF cookie's value; the client sends its cookies by itself."""
        headers = {"Origin": self._origin}
        for cookie in self._client.cookiejar:
            if cookie.name.endswith("csrf"):
                headers["X-CSRF-Token"] = cookie.value or ""
        return headers

    def renew(self) -> bool:
        """Do nothing: each use of a session renews it."""
        return True

    def logout_body(self) -> None:
        """Send no body: the cookie says which session ends."""


class TokenLogin:
    """An access token in memory, exchanged for a new one before it expires."""

    # 403: a server with cookies wants a CSRF token.
    telling: tuple[int, ...] = (200, 403)

    def __init__(self, client: FastHttpSession, origin: str) -> None:
        self._client = client
        self._origin = origin

    def before_login(self) -> dict[str, str]:
        """Return the origin, as a page's script would send it."""
        return {"Origin": self._origin}

    def keep(self, reply: FastResponse) -> None:
        """Take the tokens of a login or of a refresh (RFC 6749 section 5.1)."""
        told: Any = reply.json()
        if not isinstance(told, dict) or "access_token" not in told:
            raise UnfitServer("JwtUser: no access_token in the login reply: use SessionUser")
        self._access_token = told["access_token"]
        self._refresh_token = told.get("refresh_token")
        self._refresh_at_s = time.monotonic() + REFRESH_AT * (float(told["expires_in"]) - _WHOLE_SECOND_S)

    def headers(self) -> dict[str, str]:
        """Return the access token in its header."""
        return {"Authorization": f"Bearer {self._access_token}"}

    def renew(self) -> bool:
        """Exchange the refresh token, if it is time and the server gave one."""
        if time.monotonic() < self._refresh_at_s:
            return True
        if self._refresh_token is None:
            return False
        reply = self._client.post("/refresh", json={"refresh_token": self._refresh_token})
        if reply.status_code != 200:
            return False
        self.keep(reply)
        return True

    def logout_body(self) -> dict[str, str] | None:
        """The refresh token names the login that ends."""
        return None if self._refresh_token is None else {"refresh_token": self._refresh_token}


class StatedIdentity:
    """No credential: the server believes the headers that its login names. The control behaves so."""

    telling: tuple[int, ...] = (200,)

    def __init__(self, client: FastHttpSession, origin: str) -> None:
        del client, origin

    def before_login(self) -> dict[str, str]:
        """Return no headers: a login needs none."""
        return {}

    def keep(self, reply: FastResponse) -> None:
        """Take the headers that say who the user is."""
        told: Any = reply.json()
        if not isinstance(told, dict) or not isinstance(told.get("headers"), dict):
            raise UnfitServer("FittingUser: the login reply has no credential that it knows")
        self._headers: dict[str, str] = told["headers"]

    def headers(self) -> dict[str, str]:
        """Return the headers that the login named."""
        return self._headers

    def renew(self) -> bool:
        """Do nothing: what the client states never expires."""
        return True

    def logout_body(self) -> None:
        """Send no body: there is nothing to end."""


def fitting(challenge: str | None) -> MakeLogin:
    """The kind of login for a server that answers a request without credential with this WWW-Authenticate
    value; None: it did not refuse. `UnfitServer` where no user of Locust fits.
    """
    kind = (challenge or "").partition(" ")[0].lower()
    if challenge is None:
        return StatedIdentity
    if kind == "cookie":
        return CookieLogin
    if kind == "bearer":
        return TokenLogin
    if kind == "dpop":
        raise UnfitServer("the server wants DPoP proofs, which no user here signs: use `authbench run`")
    raise UnfitServer(f"the server asks for {kind or 'an unnamed'} authentication, which no user here has")
