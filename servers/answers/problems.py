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
from servers.answers.cause_log import CauseLog
from servers.contract import errors
from servers.contract.scheme import Scheme

RETRY_AFTER_S = 1
_UNAVAILABLE: Mapping[type[Exception], str] = {
    errors.StoreUnavailable: "The session store does not answer.",
    errors.DatabaseUnavailable: "The database does not answer.",
    errors.PasswordsBusy: "Too many logins at once.",
}
_CAUSES = CauseLog()


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **extension: str) -> Response:
    """An application/problem+json answer of the generic type `about:blank` (RFC 9457 section 4.2.1).

    `extension` members are for programs that know another standard's errors (RFC 9457 section 3.2).
    """
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extension}
    return Response(
        json.dumps(body), status, {"cache-control": "no-store", **(headers or {})}, "application/problem+json"
    )


def unavailable(error: Exception) -> Response:
    """The 503 of a `StoreUnavailable` and the like; the cause goes to the log and not to the client."""
    detail = _UNAVAILABLE[type(error)]
    _CAUSES.log(detail, error)
    return problem(503, detail, {"retry-after": str(RETRY_AFTER_S)})


async def _unavailable(_: Request, error: Exception) -> Response:
    return unavailable(error)


async def _refused(request: Request, error: errors.Refused) -> Response:
    security_log.refused(request, error.status, error.reason)
    if isinstance(error, errors.Unauthenticated):
        scheme: Scheme = request.app.state.scheme
        return problem(401, error.reason, {"www-authenticate": error.challenge or scheme.challenge})
    if isinstance(error, errors.InvalidGrant):
        # The member of RFC 6749 section 5.2, in the format of every error.
        return problem(400, error.reason, error="invalid_grant")
    return problem(error.status, error.reason)


async def _insufficient_scope(request: Request, error: errors.InsufficientScope) -> Response:
    scheme: Scheme = request.app.state.scheme
    security_log.refused(request, 403, f"no scope {error.scope}")
    challenge = scheme.scope_challenge(error.scope)
    headers = {} if challenge is None else {"www-authenticate": challenge}
    needed = "The user's own login" if error.scope is None else f"The scope {error.scope}"
    return problem(403, f"{needed} is needed.", headers)


async def _not_offered(*_: object) -> Response:
    return problem(404, "This endpoint is not available with the configured scheme.")


async def _too_many_attempts(_: Request, error: errors.TooManyAttempts) -> Response:
    return problem(429, "Too many attempts: wait before the next one.", {"retry-after": error.retry_after})


async def _http_error(request: Request, error: HTTPException) -> Response:
    headers = {"allow": _allowed(request)} if error.status_code == 405 else error.headers
    return problem(error.status_code, error.detail, headers)


def _allowed(request: Request) -> str:
    """The methods of the resource (RFC 9110 section 15.5.6). Starlette names those of one route only."""
    methods: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods.update(route.methods)
    return ", ".join(sorted(methods))


async def _invalid_input(_: Request, error: RequestValidationError) -> Response:
    """Name the first invalid field and its error, but nothing that was sent, which may be a password."""
    first = error.errors()[0]
    # The name of a member that no model has is of the client, too.
    known = () if first["type"] == "extra_forbidden" else first["loc"]
    where = ".".join(str(part) for part in known) or "body"
    return problem(422, f"{where}: {first['msg']}")


async def _internal(*_: object) -> Response:
    # uvicorn closes the connection after an exception: the client must not send its next request on it.
    return problem(500, "Internal server error.", {"connection": "close"})


def install(app: FastAPI) -> None:
    """Answer every error of `app` with problem details. Handlers, not middleware: nothing on the hot path."""
    for unavailable_error in _UNAVAILABLE:
        app.exception_handler(unavailable_error)(_unavailable)
    app.exception_handler(errors.Refused)(_refused)
    app.exception_handler(errors.InsufficientScope)(_insufficient_scope)
    app.exception_handler(errors.NotOffered)(_not_offered)
    app.exception_handler(errors.TooManyAttempts)(_too_many_attempts)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(RequestValidationError)(_invalid_input)
    app.exception_handler(Exception)(_internal)
