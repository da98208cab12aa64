"""OAuth clients by id, from a file or for a demonstration. No client can register itself."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote_plus

from pydantic import AfterValidator, Field, ValidationError
from starlette.requests import Request

from authbench.contracts.failure import Failure
from authbench.contracts.toml_file import Table, explain, read_toml
from servers.authorization_server.errors import OAuthError
from servers.authorization_server.redirect_uris import registrable
from servers.contract.claims import FIRST_PARTY
from servers.parsing.header_fields import field_values

CHALLENGE = 'Basic realm="authbench", charset="UTF-8"'
"""RFC 7617 section 2.1: name and secret are read as UTF-8."""
DEMO_REDIRECT = "http://127.0.0.1:9999/callback"
DEMO_SECRET = "demo-client-secret-of-a-loopback-server"  # noqa: S105 - published on purpose, loopback only


_PROOFS_IN_BODY = frozenset({"client_secret", "client_assertion", "client_assertion_type"})


def _must(allowed: Callable[[str], object], rule: str) -> AfterValidator:
    """Refuse a text that is not `allowed`, with `rule` as the message."""

    def check(text: str) -> str:
        if not allowed(text):
            raise ValueError(rule)
        return text

    return AfterValidator(check)


def _shaped(pattern: str, rule: str) -> AfterValidator:
    return _must(re.compile(pattern).fullmatch, rule)


_ClientId = Annotated[
    str,
    _shaped(r"[A-Za-z0-9._~-]{1,64}", "take up to 64 letters, digits and . _ ~ - for the name"),
    # Tokens of that name open the account itself (`servers.credentials.tokens.authorization`).
    _must(lambda name: name != FIRST_PARTY, "is reserved for the pages of this server: choose another"),
]
_Scope = Annotated[str, _shaped(r"[!#-\[\]-~]+", "a scope is ASCII without spaces, quotes and backslashes")]
"""RFC 6749 appendix A.4."""
_HASH_OF_NOTHING = hashlib.sha256().hexdigest()
_Sha256 = Annotated[
    str,
    _shaped(r"[0-9a-f]{64}", "give the SHA-256 of the secret as 64 hexadecimal digits in lower case"),
    _must(lambda digest: digest != _HASH_OF_NOTHING, "is the hash of an empty secret: hash the real one"),
]


class OAuthClient(Table):
    """One client. Public without a secret (RFC 6749 section 2.1)."""

    client_id: _ClientId
    redirect_uris: tuple[Annotated[str, AfterValidator(registrable)], ...] = Field(
        default=(), description="where users may be sent back to; redirect_uris.py says how they are compared"
    )
    secret_sha256: _Sha256 | None = Field(
        default=None,
        description="of a random secret of 256 bits: there is nothing to guess, so a fast hash is enough",
    )
    scopes: tuple[_Scope, ...] = Field(
        default=("user",), min_length=1, description="that it may ask for; the first unless it asks"
    )

    def scope_asked(self, text: str | None) -> str:
        """The requested scope, each part once; without a request, the first of the client's scopes.

        `OAuthError` if the client may not request it, or it is not spelled as in RFC 6749 section 3.3.
        """
        parts = tuple(dict.fromkeys(self.scopes[:1] if text is None else text.split(" ")))
        if not set(parts) <= set(self.scopes):
            raise OAuthError("invalid_scope", "The client may not request this scope.")
        return " ".join(parts)


DEMO_CLIENTS = (
    OAuthClient(client_id="demo-app", redirect_uris=(DEMO_REDIRECT,), scopes=("user", "admin")),
    OAuthClient(client_id="demo-service", secret_sha256=hashlib.sha256(DEMO_SECRET.encode()).hexdigest()),
)


class Clients:
    """All clients, by name."""

    def __init__(self, known: Iterable[OAuthClient]) -> None:
        self._known = {client.client_id: client for client in known}

    @classmethod
    def read(cls, path: str | None, demo: bool) -> "Clients":
        """Read a TOML file with a table for each client; `demo` adds those. Failure in one line."""
        found = {client.client_id.casefold(): client for client in (DEMO_CLIENTS if demo else ())}
        for name, table in (read_toml(Path(path)) if path is not None else {}).items():
            client = _client(f"{path}: client {name!r}", name, table)
            taken = found.setdefault(name.casefold(), client)
            if taken is not client:
                raise Failure(
                    f"{path}: client {name!r}: there is a client {taken.client_id} already, and names must "
                    "differ in more than case: choose another"
                )
        return cls(found.values())

    def find(self, client_id: str | None) -> OAuthClient | None:
        return self._known.get(client_id or "")

    def named(self, client_id: str | None) -> OAuthClient:
        """The client; `OAuthError` if there is none."""
        client = self.find(client_id)
        if client is None:
            raise OAuthError("invalid_client", "The client is not known.", 401, CHALLENGE)
        return client

    def authenticate(self, request: Request, sent: dict[str, str]) -> OAuthClient:
        """The client that sent the request, proven by its secret if it has one, else named in the body.

        `client_secret_basic` only. A secret in the body is refused (RFC 6749 section 2.3.1 advises against),
        and so is an assertion (RFC 7521 section 4.2): no client may authenticate in two ways (section 2.3).
        The body may repeat the name that the header proves.
        """
        values = field_values(request, b"authorization")
        if not _PROOFS_IN_BODY.isdisjoint(sent) or len(values) > 1:
            raise OAuthError("invalid_request", "Authenticate in one Authorization header, not in the body.")
        if not values:
            client = self.named(sent.get("client_id"))
            if client.secret_sha256 is not None:
                raise OAuthError("invalid_client", "This client must authenticate.", 401, CHALLENGE)
            return client
        name, secret = _basic(values[0])
        if sent.get("client_id", name) != name:
            raise OAuthError("invalid_request", "The body names another client than the header.")
        client = self.named(name)
        digest = hashlib.sha256(secret.encode()).hexdigest()
        if client.secret_sha256 is None or not hmac.compare_digest(client.secret_sha256, digest):
            raise OAuthError("invalid_client", "The client is not known.", 401, CHALLENGE)
        return client


def _client(where: str, name: str, table: object) -> OAuthClient:
    if not isinstance(table, dict):
        raise Failure(
            f"{where}: not a table: write its name in brackets on a line of its own, its keys below"
        )
    if "client_id" in table:
        raise Failure(f"{where}: client_id: the name of the table is the client's: leave this key out")
    try:
        return OAuthClient.model_validate({"client_id": name, **table})
    except ValidationError as error:
        raise Failure(explain(error, OAuthClient, where)) from None


def _basic(value: bytes) -> tuple[str, str]:
    """Name and secret of RFC 7617, each form-encoded (RFC 6749 section 2.3.1)."""
    kind, _, encoded = value.partition(b" ")
    try:
        text = base64.b64decode(encoded.strip(b" "), validate=True).decode("utf-8")
        name, colon, secret = text.partition(":")
        if kind.lower() == b"basic" and colon:
            return unquote_plus(name, errors="strict"), unquote_plus(secret, errors="strict")
    except ValueError:
        pass
    raise OAuthError("invalid_client", "Basic authentication is needed.", 401, CHALLENGE)
