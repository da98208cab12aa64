"""Request bodies: JSON only, counted while they are read, and never repeated in an error."""

from typing import Annotated, TypeVar

from fastapi import HTTPException
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from starlette.requests import ClientDisconnect, Request

from servers.passwords import NEW_PASSWORD_MIN_LENGTH, PASSWORD_MAX_LENGTH, normalised
from servers.plain_text import PLAIN_TEXT
from servers.usernames import Username

BODY_MAX_BYTES = 16 * 1024
"""A longer body is refused with 413. Counted where one is read: FastAPI's own limit wraps every request if
set on the application, and answers in plain text if set on a route."""

_Body = TypeVar("_Body", bound=BaseModel)


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _one_spelling(value: object) -> object:
    """Before the length is counted: a decomposed letter is one character."""
    return normalised(value) if isinstance(value, str) else value


_Password = Annotated[
    SecretStr, BeforeValidator(_one_spelling), Field(min_length=1, max_length=PASSWORD_MAX_LENGTH)
]
"""One that is presented. Accounts may have a shorter one than may be chosen today."""
_NewPassword = Annotated[
    SecretStr,
    BeforeValidator(_one_spelling),
    Field(min_length=NEW_PASSWORD_MIN_LENGTH, max_length=PASSWORD_MAX_LENGTH),
]


class Login(_Closed):
    """What a client sends to log in."""

    username: Username
    password: _Password


class PasswordChange(_Closed):
    """What a client sends to change its password."""

    current_password: _Password
    new_password: _NewPassword


class NewOrder(_Closed):
    """What a client sends to order."""

    model_config = ConfigDict(extra="forbid", strict=True)

    item: str = Field(min_length=1, max_length=100, pattern=PLAIN_TEXT)
    quantity: int = Field(ge=1, le=1000)


class RefreshToken(_Closed):
    """What a client of a token scheme sends to refresh, or to log out."""

    refresh_token: SecretStr = Field(min_length=1, max_length=256)


async def read_body(request: Request, model: type[_Body]) -> _Body:
    """The JSON body as a `model`: 415 unless declared as JSON, 413 if too long, 422 if it is something else.

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
        return model.model_validate_json(bytes(body))
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_input=False)) from None


def has_body(request: Request) -> bool:
    """Whether the request says that a body follows (RFC 9112 section 6)."""
    headers = request.headers
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
