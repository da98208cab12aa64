"""The endpoints, identical behind every scheme: they know an identity, never how it was proven."""

import json
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from servers.accounts import Accounts
from servers.contract import Identity, Issued, Scheme, Unauthenticated
from servers.passwords import PASSWORD_MAX_LENGTH, Passwords

_PUBLIC = b'{"message":"open to everyone"}'
_NO_STORE = {"cache-control": "no-store"}

BODY_MAX_BYTES = 16 * 1024
"""A longer body is refused with 413. Counted by the one endpoint that reads one: FastAPI's own limit wraps
every request if set on the application, and answers in plain text if set on a route."""


class Login(BaseModel):
    """What a client sends to log in."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(min_length=1, max_length=64)
    password: SecretStr = Field(min_length=1, max_length=PASSWORD_MAX_LENGTH)


async def current_identity(request: Request) -> Identity:
    """The dependency of protected endpoints: whatever the scheme says, or 401."""
    scheme: Scheme = request.app.state.scheme
    return await scheme.authenticate(request)


async def state_change(request: Request) -> None:
    """The dependency of endpoints that change state: 403 where the scheme does not allow it."""
    scheme: Scheme = request.app.state.scheme
    scheme.check_state_change(request)


async def login_body(request: Request) -> Login:
    """The login a client sent: 415 unless declared as JSON, 413 if too long, 422 if it is not a login.

    An HTML form cannot declare application/json, so another site's form never gets as far as a password.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HTTPException(415, "The body must be application/json.")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_MAX_BYTES:
                raise HTTPException(413, "The body is too long.", {"connection": "close"})
    except ClientDisconnect:
        raise HTTPException(400, "The body is incomplete.") from None
    try:
        return Login.model_validate_json(bytes(body))
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_input=False)) from None


async def public() -> Response:
    """Needs no authentication."""
    return Response(_PUBLIC, media_type="application/json")


async def me(identity: Annotated[Identity, Depends(current_identity)]) -> Response:
    """Say who is asking, from the authenticated identity alone."""
    body = json.dumps({"sub": identity.sub, "scope": identity.scopes}, separators=(",", ":"))
    return Response(body, 200, _NO_STORE, "application/json")


async def login(request: Request, sent: Annotated[Login, Depends(login_body)]) -> Response:
    """Exchange a password for a credential. Unknown user and wrong password get the same answer."""
    state = request.app.state
    accounts: Accounts = state.accounts
    passwords: Passwords = state.passwords
    scheme: Scheme = state.scheme
    account = accounts.find(sent.username)
    known_hash = account.password_hash if account else None
    if not await passwords.verify(known_hash, sent.password.get_secret_value()) or account is None:
        raise Unauthenticated("Wrong username or password.")
    return _answer(200, await scheme.issue(account, request))


async def logout(request: Request) -> Response:
    """End the presented credential, as far as the scheme's card says that is possible."""
    scheme: Scheme = request.app.state.scheme
    return _answer(204, await scheme.revoke(request))


def _answer(status: int, issued: Issued) -> Response:
    content = json.dumps(issued.body).encode() if status != 204 else b""
    media_type = "application/json" if content else None
    response = Response(content, status, _NO_STORE, media_type)
    for name, value in issued.headers:
        response.headers.append(name, value)
    return response


def install(app: FastAPI) -> None:
    """Give `app` the endpoints. Not through a router of their own: including one costs every request."""
    app.get("/public")(public)
    app.get("/me")(me)
    # In this order: a request from another site is refused before its body is read.
    app.post("/login", dependencies=[Depends(state_change)])(login)
    app.post("/logout", dependencies=[Depends(state_change)])(logout)
