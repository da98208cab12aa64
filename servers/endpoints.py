"""The endpoints, identical behind every scheme: they know an identity, never how it was proven."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from starlette.requests import Request
from starlette.responses import Response

from servers.accounts import Accounts
from servers.contract import Identity, Issued, Scheme, Unauthenticated
from servers.passwords import PASSWORD_MAX_LENGTH, Passwords

router = APIRouter()

_PUBLIC = b'{"message":"open to everyone"}'
_NO_STORE = {"cache-control": "no-store"}

BODY_MAX_BYTES = 16 * 1024
"""A longer login is refused with 413. Set on its route: on the application it would wrap every request."""


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


async def json_only(request: Request) -> None:
    """415 unless the body is declared as application/json: an HTML form cannot declare that."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HTTPException(415, "The body must be application/json.")


@router.get("/public")
async def public() -> Response:
    """Needs no authentication."""
    return Response(_PUBLIC, media_type="application/json")


@router.get("/me")
async def me(identity: Annotated[Identity, Depends(current_identity)]) -> Response:
    """Say who is asking, from the authenticated identity alone."""
    body = json.dumps({"sub": identity.sub, "scope": identity.scopes}, separators=(",", ":"))
    return Response(body, 200, _NO_STORE, "application/json")


@router.post(
    "/login",
    dependencies=[Depends(state_change), Depends(json_only)],
    max_body_size=BODY_MAX_BYTES,
)
async def login(request: Request, sent: Login) -> Response:
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


@router.post("/logout", dependencies=[Depends(state_change)])
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
