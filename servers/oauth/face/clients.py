"""Who may ask for tokens: clients by id, from a file or for a demonstration. Nobody registers alone."""

import base64
import binascii
import hashlib
import hmac
import tomllib
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote_plus

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from starlette.requests import Request

from authbench.failure import Failure
from servers.claims import FIRST_PARTY
from servers.oauth.face.errors import OAuthError

CHALLENGE = 'Basic realm="authbench"'
_SCOPE_SHAPE = r"^[\x21\x23-\x5b\x5d-\x7e]+$"
"""RFC 6749 section 3.3."""
DEMO_REDIRECT = "http://127.0.0.1:9999/callback"
DEMO_SECRET = "demo-client-secret-of-a-loopback-server"  # noqa: S105 - published on purpose, loopback only


class OAuthClient(BaseModel):
    """One client. Public without a secret (RFC 6749 section 2.1)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client_id: str = Field(pattern=r"^[A-Za-z0-9._~-]{1,64}$")
    redirect_uris: tuple[str, ...] = Field(
        default=(), description="compared letter by letter (RFC 9700 section 2.1)"
    )
    secret_sha256: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="of a random secret of 256 bits: there is nothing to guess, so a fast hash is enough",
    )
    scopes: tuple[Annotated[str, Field(pattern=_SCOPE_SHAPE)], ...] = Field(
        default=("user",), min_length=1, description="that it may ask for; the first unless it asks"
    )

    @field_validator("client_id")
    @classmethod
    def _not_ours(cls, client_id: str) -> str:
        """Tokens of that name open the account itself (`servers/authorization.py`)."""
        if client_id == FIRST_PARTY:
            raise ValueError("the name of our own pages and programs: choose another")
        return client_id

    def scope_asked(self, text: str | None) -> str:
        """The scope asked for, each part once; the first of the client's if it does not ask.

        `OAuthError` if it is more than the client may ask for, or not spelled as in RFC 6749 section 3.3.
        """
        parts = tuple(dict.fromkeys(self.scopes[:1] if text is None else text.split(" ")))
        if not set(parts) <= set(self.scopes):
            raise OAuthError("invalid_scope", "This client may not ask for that.")
        return " ".join(parts)


DEMO_CLIENTS = (
    OAuthClient(client_id="demo-app", redirect_uris=(DEMO_REDIRECT,), scopes=("user", "admin")),
    OAuthClient(client_id="demo-service", secret_sha256=hashlib.sha256(DEMO_SECRET.encode()).hexdigest()),
)


class Clients:
    """All of them."""

    def __init__(self, known: tuple[OAuthClient, ...]) -> None:
        self._known = {client.client_id: client for client in known}

    @classmethod
    def read(cls, path: str | None, demo: bool) -> "Clients":
        """From a TOML file with a table for each client, or those of a demonstration. Failure in one line."""
        found: tuple[OAuthClient, ...] = DEMO_CLIENTS if demo else ()
        if path is not None:
            try:
                tables = tomllib.loads(Path(path).read_text("utf-8"))
                found += tuple(
                    OAuthClient.model_validate({"client_id": name, **table}) for name, table in tables.items()
                )
            except OSError as error:
                raise Failure(f"{path}: cannot be read: {error.strerror}") from None
            except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
                raise Failure(f"{path}: not a table for each client in TOML: {error}") from None
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(part) for part in first["loc"])
                raise Failure(f"{path}: {where}: {first['msg']}") from None
        return cls(found)

    def named(self, client_id: str | None) -> OAuthClient:
        """The client of that name. `OAuthError` without one."""
        client = self._known.get(client_id or "")
        if client is None:
            raise OAuthError("invalid_client", "The client is not known.", 401, CHALLENGE)
        return client

    def authenticate(self, request: Request, sent: dict[str, str]) -> OAuthClient:
        """The client that sent the request: by its secret if it has one, else by its name alone.

        `client_secret_basic` only: a secret in the body is refused (RFC 6749 section 2.3.1 advises against).
        """
        values = [value for name, value in request.scope["headers"] if name == b"authorization"]
        if "client_secret" in sent or len(values) > 1 or (values and "client_id" in sent):
            raise OAuthError("invalid_request", "One way to authenticate, and not in the body.")
        if not values:
            client = self.named(sent.get("client_id"))
            if client.secret_sha256 is not None:
                raise OAuthError("invalid_client", "This client must authenticate.", 401, CHALLENGE)
            return client
        name, secret = _basic(values[0])
        client = self.named(name)
        digest = hashlib.sha256(secret.encode()).hexdigest()
        if client.secret_sha256 is None or not hmac.compare_digest(client.secret_sha256, digest):
            raise OAuthError("invalid_client", "The client is not known.", 401, CHALLENGE)
        return client


def _basic(value: bytes) -> tuple[str, str]:
    """RFC 7617, both parts form-encoded first (RFC 6749 section 2.3.1)."""
    kind, _, encoded = value.partition(b" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (ValueError, binascii.Error):
        text = ""
    name, colon, secret = text.partition(":")
    if kind.lower() != b"basic" or not colon:
        raise OAuthError("invalid_client", "Basic authentication is needed.", 401, CHALLENGE)
    return unquote_plus(name), unquote_plus(secret)
