"""OAuth 2 errors, in the shape of RFC 6749 section 5.2."""

import json
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from servers.answers.security_log import refused

NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}
"""RFC 6749 section 5.1."""

Handler = Callable[[Request], Awaitable[Response]]


class OAuthError(Exception):
    """The request is refused. `challenge` is the WWW-Authenticate value for a client that is not proven."""

    def __init__(self, error: str, description: str, status: int = 400, challenge: str | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status
        self.challenge = challenge


def answering(handler: Handler) -> Handler:
    """The handler, with each `OAuthError` logged and answered."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except OAuthError as error:
            refused(request, error.status, f"{error.error}: {error.description}")
            headers = NO_STORE | ({"www-authenticate": error.challenge} if error.challenge else {})
            content = {"error": error.error, "error_description": error.description}
            return json_answer(content, error.status, headers)

    return answer


def json_answer(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer in JSON, which no cache may keep unless `headers` say so."""
    return Response(json.dumps(content), status, headers or NO_STORE, "application/json")
