"""What a client of a scheme adds to its requests: cookies, the CSRF token, signed proofs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from authbench.contracts.card import Card, ClientDuty
from loadtests.clients.dpop_proof import ProofKey

Headers = Mapping[str, str]

_CSRF_COOKIE = "csrf"
_CSRF_HEADER = "X-CSRF-Token"
_SAFE = {"GET", "HEAD", "OPTIONS"}
"""RFC 9110 section 9.2.1: they change nothing, and need no proof of where they come from."""


@dataclass(frozen=True)
class Login:
    """What a client keeps of a login's or a refresh's reply: the credential, and what renews it."""

    headers: Headers
    refresh_token: str | None


class Client:
    """A client of one server. `origin` is what it calls the server, such as http://127.0.0.1:8000."""

    def __init__(self, card: Card, origin: str) -> None:
        self._card = card
        self.origin = origin
        self._proofs = ProofKey() if card.client is ClientDuty.DPOP_PROOF else None

    @property
    def key_thumbprint(self) -> str:
        """The thumbprint of the key its tokens are bound to (RFC 7638); empty if they are bound to none."""
        return self._proofs.thumbprint if self._proofs else ""

    @property
    def private_jwk(self) -> dict[str, str] | None:
        """The key its tokens are bound to; None if they are bound to none."""
        return self._proofs.private_jwk if self._proofs else None

    def login_headers(self, ask_for_csrf: Callable[[], list[str]]) -> Headers:
        """The headers of a POST /login. `ask_for_csrf` sends GET /csrf and returns the Set-Cookie lines."""
        if self._proofs is not None:
            return {"DPoP": self._proofs.sign("POST", self.origin + "/login")}
        if self._card.client is ClientDuty.CSRF_TOKEN:
            return self.headers("POST", "/login", {"Cookie": _cookies(ask_for_csrf())})
        return {}

    def refresh_headers(self) -> Headers:
        """The headers of a POST /refresh; the token is in its body."""
        return {"DPoP": self._proofs.sign("POST", self.origin + "/refresh")} if self._proofs else {}

    def at_first(self, credential: Headers) -> Headers:
        """The credential as a server sees it for the first time: of its cookies only the first and the CSRF
        token, without those that spare the store.
        """
        cookies = credential.get("Cookie", "").split("; ")
        kept = [pair for pair in cookies[1:] if pair.partition("=")[0].endswith(_CSRF_COOKIE)]
        return {**credential, "Cookie": "; ".join([cookies[0], *kept])} if len(cookies) > 1 else credential

    def keep(self, set_cookies: list[str], body: Any) -> Login | None:
        """The credential in a reply of status 200; None if there is none."""
        if self._card.carrier == "cookie":
            cookies = _cookies(set_cookies)
            return Login({"Cookie": cookies}, None) if cookies else None
        if not isinstance(body, dict) or "access_token" not in body:
            return None
        headers = {"Authorization": f"{body.get('token_type', 'Bearer')} {body['access_token']}"}
        return Login(headers, body.get("refresh_token"))

    def headers(self, method: str, path: str, credential: Headers) -> Headers:
        """Everything one request presents: the credential, and what the scheme demands on top of it."""
        if not credential:
            return credential
        if self._proofs is not None:
            token = credential["Authorization"].partition(" ")[2]
            return {**credential, "DPoP": self._proofs.sign(method, self.origin + path, token)}
        if self._card.client is ClientDuty.CSRF_TOKEN and method not in _SAFE:
            return {**credential, _CSRF_HEADER: _csrf_token(credential.get("Cookie", ""))}
        return credential


def _cookies(set_cookies: list[str]) -> str:
    """The Cookie header a browser would send after these Set-Cookie lines, for requests of any path."""
    pairs = [line.partition(";")[0] for line in set_cookies if "; path=/;" in f"{line.lower()};"]
    return "; ".join(pair for pair in pairs if pair.partition("=")[2])


def _csrf_token(cookies: str) -> str:
    """The value of the CSRF cookie, whatever its prefix; empty if there is none."""
    pairs = (pair.partition("=") for pair in cookies.split("; "))
    return next((value for name, _, value in pairs if name.endswith(_CSRF_COOKIE)), "")
