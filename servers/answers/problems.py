"""Errors as RFC 9457 problem details, the same behind every scheme."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from servers.answers import security_log
from servers.contract.cause_log import CauseLog
from servers.contract.errors import (
    DatabaseUnavailable,
    Forbidden,
    InsufficientScope,
    InvalidGrant,
    NotOffered,
    StoreUnavailable,
    Unauthenticated,
)
from servers.contract.scheme import Scheme
from servers.passwords.hashing import PasswordsBusy
from servers.passwords.throttle import TooManyAttempts

RETRY_AFTER_S = 1


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **extension: str) -> Response:
    """An application/problem+json answer of the generic type `about:blank` (RFC 9457 section 4.2.1).

    `extension` members are for programs that know another standard's errors (RFC 9457 section 3.2).
    """
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extension}
    return Response(
        json.dumps(body),
        status,
        {"cache-control": "no-store", **(headers or {})},
        "application/problem+json",
    )


async def _unauthenticated(request: Request, error: Exception) -> Response:
    assert isinstance(error, Unauthenticated)  # noqa: S101 - how handlers are typed
    scheme: Scheme = request.app.state.scheme
    security_log.refused(request, 401, error.reason)
    return problem(401, error.reason, {"www-authenticate": error.challenge or scheme.challenge})


async def _forbidden(request: Request, error: Exception) -> Response:
    assert isinstance(error, Forbidden)  # noqa: S101
    security_log.refused(request, 403, error.reason)
    return problem(403, error.reason)


async def _insufficient_scope(request: Request, error: Exception) -> Response:
    assert isinstance(error, InsufficientScope)  # noqa: S101
    scheme: Scheme = request.app.state.scheme
    security_log.refused(request, 403, f"no scope {error.scope}")
    challenge = scheme.scope_challenge(error.scope)
    headers = {} if challenge is None else {"www-authenticate": challenge}
    needed = "A login of the user's own" if error.scope is None else f"The scope {error.scope}"
    return problem(403, f"{needed} is needed.", headers)


async def _invalid_grant(request: Request, error: Exception) -> Response:
    """The `error` member of RFC 6749 section 5.2 inside the format every other error has."""
    assert isinstance(error, InvalidGrant)  # noqa: S101
    security_log.refused(request, 400, error.reason)
    return problem(400, error.reason, error="invalid_grant")


async def _not_offered(*_: object) -> Response:
    return problem(404, "This scheme has no such thing.")


_CAUSES = CauseLog()
"""One for all that is answered 503 by this process."""


async def _database_unavailable(_: Request, error: Exception) -> Response:
    _CAUSES.tell("the database does not answer", error)
    return problem(503, "The database does not answer.", {"retry-after": str(RETRY_AFTER_S)})


def store_unavailable(error: Exception) -> Response:
    """What a client is told when the store fails; the cause goes to the log."""
    _CAUSES.tell("the store does not answer", error)
    return problem(503, "The session store does not answer.", {"retry-after": str(RETRY_AFTER_S)})


async def _store_unavailable(_: Request, error: Exception) -> Response:
    return store_unavailable(error)


async def _passwords_busy(_: Request, error: Exception) -> Response:
    _CAUSES.tell("too many logins at once", error)
    return problem(503, "Too many logins at once.", {"retry-after": str(RETRY_AFTER_S)})


async def _too_many_attempts(_: Request, error: Exception) -> Response:
    assert isinstance(error, TooManyAttempts)  # noqa: S101
    wait = {"retry-after": error.retry_after}
    return problem(429, "Too many attempts: wait before the next one.", wait)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    headers = {"allow": _allowed(request)} if error.status_code == 405 else error.headers
    return problem(error.status_code, error.detail, headers)


def _allowed(request: Request) -> str:
    """The methods of the resource (RFC 9110 section 15.5.6). Starlette names those of one route only."""
    methods: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods.update(route.methods)
    return ", ".join(sorted(methods))


async def _invalid_input(_: Request, error: Exception) -> Response:
    """Name the first field and what is wrong with it, and never repeat what was sent: a password perhaps."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "body"
    return problem(422, f"{where}: {first['msg']}")


async def _internal(*_: object) -> Response:
    # uvicorn closes the connection after an exception; untold, a client sends its next request into it.
    return problem(500, "The server made a mistake.", {"connection": "close"})


def install(app: FastAPI) -> None:
    """Answer every error of `app` with problem details. Handlers, not middleware: nothing on the hot path."""
    app.add_exception_handler(Unauthenticated, _unauthenticated)
    app.add_exception_handler(Forbidden, _forbidden)
    app.add_exception_handler(InsufficientScope, _insufficient_scope)
    app.add_exception_handler(InvalidGrant, _invalid_grant)
    app.add_exception_handler(NotOffered, _not_offered)
    app.add_exception_handler(DatabaseUnavailable, _database_unavailable)
    app.add_exception_handler(StoreUnavailable, _store_unavailable)
    app.add_exception_handler(PasswordsBusy, _passwords_busy)
    app.add_exception_handler(TooManyAttempts, _too_many_attempts)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid_input)
    app.add_exception_handler(Exception, _internal)
