"""The security log: one line of JSON for each event that matters for access (ASVS 5.0 16.2 to 16.4).

Off unless `turn_on` was called: nothing is logged during a measurement, and a successful read never logs. The
members of a line:

    time      UTC, RFC 3339, milliseconds
    event     login, authorization (a login for an OAuth client), client_login (a client gets a token for
              itself), password_change, logout, logout_everywhere, session_ended, revocation (by an OAuth
              client), role_change, account_disabled, refresh_token_reuse, code_reuse (of an authorization
              code), KIND_refused and KIND_throttled where a password was to be proved, refused (any other
              400, 401 or 403 for a credential, a CSRF token or a scope, and every authorization request that
              ends without a code)
    pid, client, method, path   the process, the client's address, the request's method, and the path of its
              endpoint: {session_id} and not what was sent in its place, which may be a login's secret
    user      the name, where an account of that name is known to exist
    subject   the keyed digest of the name that was sent, which may be a password typed into the wrong field
    session   the keyed digest of the credential presented or issued, to tell sessions apart
    reason, status   details; no text that a client sent

Never a password, a token or a session id. The JSON is ASCII, so no client can write a line of its own. All
processes of a server make the same digests, also after a restart with the same secret.
"""

import hmac
import json
import logging
import os
import sys
from datetime import UTC, datetime

from starlette.requests import Request

from servers.contract.scheme import Issued
from servers.credentials.cookies.cookies import DEVELOPMENT_PREFIX, HTTP_ONLY_PREFIX, cookie_values
from servers.parsing.header_fields import OPTIONAL_WHITESPACE

_LOG = logging.getLogger("authbench.security")
_LOG.propagate = False
_LOG.disabled = True
_LOGGED = "authbench.security_logged"
_SESSION_COOKIES = (f"{HTTP_ONLY_PREFIX}sid".encode(), f"{DEVELOPMENT_PREFIX}sid".encode())

_key = b""


def turn_on(key: bytes) -> None:
    """Start logging to the standard error. `key` makes the digests."""
    global _key  # noqa: PLW0603 - one for the process, as the logger is
    _key = key
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _LOG.handlers = [handler]
    _LOG.setLevel(logging.INFO)
    _LOG.disabled = False


def turn_off() -> None:
    """Stop logging."""
    _LOG.disabled = True
    _LOG.handlers = []


def record(
    event: str,
    request: Request | None = None,
    *,
    user: str = "",
    subject: str = "",
    issued: Issued | None = None,
    **more: str | int,
) -> None:
    """Log the event if the log is on. `subject` is a name that was sent, `user` the name of an account."""
    if _LOG.disabled:
        return
    line: dict[str, str | int] = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "event": event,
        "pid": os.getpid(),
    }
    session = _given(issued) if issued else b""
    if request is not None:
        request.scope[_LOGGED] = True
        line["client"] = request.client.host if request.client else ""
        line["method"] = request.method
        # Routes of OAuth are not named in the scope; no path of theirs has a part that clients choose.
        line["path"] = str(getattr(request.scope.get("route"), "path", request.scope["path"]))
        session = session or _presented(request)
    if user:
        line["user"] = user
    if subject or user:
        line["subject"] = digest(subject or user)
    if session:
        line["session"] = digest(session)
    _LOG.info(json.dumps(line | more))


def refused(request: Request, status: int, reason: str) -> None:
    """Log a refusal, unless a more exact event of this request was logged."""
    if _LOGGED not in request.scope:
        record("refused", request, status=status, reason=reason)


def digest(value: str | bytes) -> str:
    """The digest of a value for the log: 64 bits, from which nobody without the key can find the value."""
    data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    return hmac.digest(_key, data, "sha256")[:8].hex()


def _presented(request: Request) -> bytes:
    """The credential of a request; empty if it has none."""
    for name, value in request.scope["headers"]:
        kind, _, credential = value.partition(b" ")
        # Not Basic: a client's secret may be short enough to be guessed from its digest and the key.
        if name == b"authorization" and kind.lower() in (b"bearer", b"dpop"):
            return bytes(credential).strip(OPTIONAL_WHITESPACE)
    found = (value for name in _SESSION_COOKIES for value in cookie_values(request, name))
    return next(found, b"")


def _given(issued: Issued) -> bytes:
    """The credential that a client presents after a login: a token, or the first cookie."""
    if "access_token" in issued.body:
        return str(issued.body["access_token"]).encode()
    cookies = (value for name, value in issued.headers if name == "set-cookie")
    return next(cookies, "").partition(";")[0].partition("=")[2].encode()
