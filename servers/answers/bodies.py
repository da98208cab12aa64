"""Read request bodies: JSON only. No error repeats what was sent. `BoundedProtocol` has bounded them."""

from typing import TypeVar

from fastapi import HTTPException
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, SecretStr, ValidationError
from starlette.requests import ClientDisconnect, Request

from servers.parsing.header_fields import media_type
from servers.parsing.passwords import NewPassword, Password
from servers.parsing.plain_text import PLAIN_TEXT
from servers.parsing.usernames import Username

_Body = TypeVar("_Body", bound=BaseModel)


class Login(BaseModel, extra="forbid"):
    """What a client sends to log in."""

    username: Username
    password: Password


class PasswordChange(BaseModel, extra="forbid"):
    """What a client sends to change its password."""

    current_password: Password
    new_password: NewPassword


class NewOrder(BaseModel, extra="forbid", strict=True):
    """What a client sends to order."""

    item: str = Field(min_length=1, max_length=100, pattern=PLAIN_TEXT)
    quantity: int = Field(ge=1, le=1000)


class RefreshToken(BaseModel, extra="forbid"):
    """What a client of a token scheme sends to refresh, or to log out."""

    refresh_token: SecretStr = Field(min_length=1, max_length=256)


async def read_body(request: Request, model: type[_Body]) -> _Body:
    """The JSON body as a `model`: 415 unless declared as JSON, 422 if it is no such model.

    An HTML form cannot declare application/json, so no form of another site is read.
    """
    if media_type(request) != b"application/json":
        raise HTTPException(415, "The body must be application/json.")
    content = await _content(request)
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_input=False)) from None


async def has_body(request: Request) -> bool:
    """Whether there is a body: one of no bytes is none (RFC 9110 section 6.4)."""
    return bool(await _content(request))


async def _content(request: Request) -> bytes:
    try:
        return await request.body()
    except ClientDisconnect:
        raise HTTPException(400, "The client closed the connection.") from None
