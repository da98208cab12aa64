"""What a client keeps of a login, and what it sends with later requests: one class for each carrier."""

import time
from abc import ABC, abstractmethod
from typing import Any

from locust.contrib.fasthttp import FastHttpSession, FastResponse

from loadtests.clients.dpop_proof import ProofKey

REFRESH_AT = 0.8
"""Share of a token's lifetime after which a careful client exchanges it."""
_WHOLE_SECOND_S = 1.0
"""A token that says it expires in 5 s may have 4.1 s: its times are whole seconds (RFC 7519 section 2)."""


class UnfitServer(Exception):
    """The server's answers are not for this kind of client; the text says which kind fits."""


class KeptLogin(ABC):
    """The client's half of a scheme's carrier. The defaults are those of a login that needs no care."""

    usable_statuses: tuple[int, ...] = (200,)
    """Statuses of a login's reply that `keep` can read."""

    def __init__(self, client: FastHttpSession, origin: str) -> None:
        """`client` sends one user's requests to the server that browsers know as `origin`."""
        self._client = client
        self._origin = origin

    def before_login(self) -> dict[str, str]:
        return {}

    @abstractmethod
    def keep(self, reply: FastResponse) -> None:
        """Keep what a login's reply gave. `UnfitServer` if it gave nothing for this kind of client."""

    @abstractmethod
    def headers(self, method: str, path: str) -> dict[str, str]:
        """Return the headers that identify the user in one request, and allow a change of state."""

    def renew(self) -> bool:
        """Renew the credential if it is about to expire. False: the user must log in again."""
        return True

    def logout_body(self) -> dict[str, str] | None:
        return None


class CookieLogin(KeptLogin):
    """Cookies, kept as a browser keeps them, and the proof of where a request comes from."""

    def before_login(self) -> dict[str, str]:
        self._client.get("/csrf")  # a login needs a CSRF token too, one for nobody's session
        return self.headers("POST", "/login")

    def keep(self, reply: FastResponse) -> None:  # noqa: ARG002 - its cookies are in the jar
        # The device's cookie, which has a path of its own, is no session.
        kept = [cookie.name for cookie in self._client.cookiejar if cookie.path == "/"]
        if all(name.endswith("csrf") for name in kept):
            raise UnfitServer("SessionUser: no session cookie in the login reply: use JwtUser")

    def headers(self, method: str, path: str) -> dict[str, str]:  # noqa: ARG002 - the same for all
        headers = {"Origin": self._origin}
        for cookie in self._client.cookiejar:
            if cookie.name.endswith("csrf"):
                headers["X-CSRF-Token"] = cookie.value or ""
        return headers


class TokenLogin(KeptLogin):
    """An access token in memory, exchanged for a new one before it expires."""

    usable_statuses: tuple[int, ...] = (200, 403)
    """403: a server with cookies wants a CSRF token."""

    def before_login(self) -> dict[str, str]:
        return {"Origin": self._origin}

    def keep(self, reply: FastResponse) -> None:
        """Take the tokens of a login or of a refresh (RFC 6749 section 5.1)."""
        body: Any = reply.json()
        if not isinstance(body, dict) or "access_token" not in body:
            raise UnfitServer("JwtUser: no access_token in the login reply: use SessionUser")
        self._access_token = body["access_token"]
        self._refresh_token = body.get("refresh_token")
        self._refresh_at_s = time.monotonic() + REFRESH_AT * (float(body["expires_in"]) - _WHOLE_SECOND_S)

    def headers(self, method: str, path: str) -> dict[str, str]:  # noqa: ARG002 - the same for all
        return {"Authorization": f"Bearer {self._access_token}"}

    def renew(self) -> bool:
        if time.monotonic() < self._refresh_at_s:
            return True
        # Out of the hand before it is sent: a user that is stopped before the reply must not send it twice,
        # which the server takes for theft (RFC 9700 section 4.14.2).
        spent, self._refresh_token = self._refresh_token, None
        if spent is None:
            return False
        reply = self._client.post("/refresh", json={"refresh_token": spent}, headers=self.refresh_headers())
        if reply.status_code == 200:
            self.keep(reply)
        return bool(reply.status_code == 200)

    def refresh_headers(self) -> dict[str, str]:
        return {}

    def logout_body(self) -> dict[str, str] | None:
        return None if self._refresh_token is None else {"refresh_token": self._refresh_token}


class ProvenTokenLogin(TokenLogin):
    """An access token bound to a key of the client, which signs a proof for each request (RFC 9449)."""

    usable_statuses = (200,)

    def __init__(self, client: FastHttpSession, origin: str) -> None:
        """Draw a key; arguments as of any login."""
        super().__init__(client, origin)
        self._proofs = ProofKey()

    def before_login(self) -> dict[str, str]:
        return {**super().before_login(), "DPoP": self._proofs.sign("POST", f"{self._origin}/login")}

    def headers(self, method: str, path: str) -> dict[str, str]:
        proof = self._proofs.sign(method, self._origin + path, self._access_token)
        return {"Authorization": f"DPoP {self._access_token}", "DPoP": proof}

    def refresh_headers(self) -> dict[str, str]:
        return {"DPoP": self._proofs.sign("POST", f"{self._origin}/refresh")}


class StatedIdentity(KeptLogin):
    """No credential: the server believes the headers that its login names. The control behaves so."""

    def keep(self, reply: FastResponse) -> None:
        body: Any = reply.json()
        if not isinstance(body, dict) or not isinstance(body.get("headers"), dict):
            raise UnfitServer("FittingUser: the login reply has no credential that it knows")
        self._headers: dict[str, str] = body["headers"]

    def headers(self, method: str, path: str) -> dict[str, str]:  # noqa: ARG002 - the same for all
        return self._headers


def fitting(challenge: str | None) -> type[KeptLogin]:
    """The kind of login for a server that answers a request without credential with this WWW-Authenticate
    value; None: it did not refuse. `UnfitServer` where no user of Locust fits.
    """
    if challenge is None:
        return StatedIdentity
    kind = challenge.partition(" ")[0].lower()
    if kind == "cookie":
        return CookieLogin
    if kind == "bearer":
        return TokenLogin
    if kind == "dpop":
        return ProvenTokenLogin
    raise UnfitServer(f"the server asks for {kind or 'an unnamed'} authentication, which no user here has")
