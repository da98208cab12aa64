"""The pages of the authorization endpoint: the login form, and the refusal."""

import html
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import Response

from servers.authorization_server.errors import NO_STORE
from servers.parsing.passwords import PASSWORD_MAX_LENGTH
from servers.parsing.request_head import BODY_MAX_BYTES
from servers.parsing.usernames import USERNAME_MAX_LENGTH

HEADERS = {
    **NO_STORE,
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
}
"""Headers of every answer to a browser.

No other site may frame the password form (RFC 9700 section 4.16). The client learns nothing from Referer, and
our own form sends its Origin: under `no-referrer` a browser writes `Origin: null` (Fetch standard, "append a
request Origin header"), as it does for other sites. No `form-action`: Chromium and WebKit apply it to every
redirect after a submitted form, and the last one goes to the client (w3c/webappsec-csp#8).
"""
_CARRIED = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"
)  # fmt: skip
_TYPED_MAX_BYTES = 12 * (USERNAME_MAX_LENGTH + PASSWORD_MAX_LENGTH) + len(
    "&username=&password=&decision=allow"
)
"""Bytes a user can add to a form. A character has at most four bytes of UTF-8, each three bytes in a form."""
_FORM_CHALLENGE = 'Form realm="authbench"'
"""The challenge of a 401 (RFC 9110 section 15.5.2). A registered scheme would open the browser's own form."""


def fits(asked: Mapping[str, str]) -> bool:
    """Whether the form will fit into a request body, whatever name and password are typed into it."""
    carried = {name: asked[name] for name in _CARRIED if name in asked}
    return len(urlencode(carried)) + _TYPED_MAX_BYTES <= BODY_MAX_BYTES


def form_page(
    client_id: str,
    scope: str,
    asked: Mapping[str, str],
    problem: str = "",
    status: int = 200,
    retry_after_s: int | None = None,
) -> Response:
    """The login form with client and scope; after a refused login also with `problem`."""
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(asked[name])}">'
        for name in _CARRIED
        if name in asked
    )
    alert = f'<p role="alert">{html.escape(problem)}</p>' if problem else ""
    body = (
        f"<h1>Log in</h1><p><b>{html.escape(client_id)}</b> asks for: {html.escape(scope)}.</p>{alert}"
        f'<form method="post" action="/oauth/authorize">{hidden}'
        f"<p><label>Username {_field('username', USERNAME_MAX_LENGTH, 'username')}</label></p>"
        f"<p><label>Password {_field('password', PASSWORD_MAX_LENGTH, 'current-password', 'password')}"
        "</label></p>"
        '<p><button name="decision" value="allow">Log in and allow</button> '
        '<button name="decision" value="deny" formnovalidate>Deny</button></p></form>'
    )
    answer = _html(body, status)
    if status == 401:
        answer.headers["www-authenticate"] = _FORM_CHALLENGE
    if retry_after_s is not None:
        answer.headers["retry-after"] = str(retry_after_s)
    return answer


def refusal_page(reason: str, status: int) -> Response:
    """A page with the reason, which sends the user nowhere."""
    return _html(
        f"<h1>Authorization failed</h1><p>{html.escape(reason)}</p>"
        "<p>Go back to the application you came from, and start again there.</p>",
        status,
    )


def _field(name: str, max_length: int, autocomplete: str, kind: str = "text") -> str:
    """An input field. Not `maxlength`: a browser silently cuts off what is pasted beyond it."""
    return (
        f'<input name="{name}" type="{kind}" autocomplete="{autocomplete}" required '
        f'pattern=".{{1,{max_length}}}" title="at most {max_length} characters">'
    )


def _html(body: str, status: int) -> Response:
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>authbench</title>'
        '<meta name="viewport" content="width=device-width"></head><body>' + body + "</body></html>"
    )
    return Response(page, status, HEADERS, "text/html")
