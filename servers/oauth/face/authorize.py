"""The authorization endpoint (RFC 6749 section 4.1.1): the user logs in, agrees, goes back with a code."""

import html
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from servers.claims import ISSUER
from servers.csrf import require_own_origin
from servers.errors import Forbidden, Unauthenticated
from servers.login_throttle import TooManyAttempts
from servers.oauth.face.clients import Clients, OAuthClient
from servers.oauth.face.codes import Codes, Grant
from servers.oauth.face.errors import NO_STORE, OAuthError
from servers.oauth.face.forms import form, parameters
from servers.oauth.face.pkce import is_challenge
from servers.password_proof import prove_password
from servers.passwords import PASSWORD_MAX_LENGTH
from servers.usernames import USERNAME_MAX_LENGTH

_HEADERS = {
    **NO_STORE,
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}
"""Nobody may put the password form into a frame (RFC 9700 section 4.16)."""
_ASKED = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"
)  # fmt: skip


class AuthorizationEndpoint:
    """Shows a form, takes it back. Whatever is wrong with client or address is shown, never sent there."""

    def __init__(self, clients: Clients, codes: Codes, public_origin: str | None) -> None:
        self._clients = clients
        self._codes = codes
        self._public_origin = public_origin

    async def show(self, request: Request) -> Response:
        """GET: the form, if the request is a proper one."""
        try:
            asked = parameters(request.scope["query_string"].decode("latin-1"))
            client = self._client_of(asked)
        except OAuthError as error:
            return _page(error)
        try:
            return _form(client, asked, _scope_asked(client, asked))
        except OAuthError as error:
            return _back(asked, _told(error))

    async def submit(self, request: Request) -> Response:
        """POST: the same request with name and password, from our own page only."""
        try:
            sent = await self._sent_by_our_page(request)
            client = self._client_of(sent)
        except OAuthError as error:
            return _page(error)
        try:
            return await self._decide(request, client, sent)
        except OAuthError as error:
            return _back(sent, _told(error))

    async def _sent_by_our_page(self, request: Request) -> dict[str, str]:
        try:
            require_own_origin(request, self._public_origin)
        except Forbidden as error:
            raise OAuthError("access_denied", error.reason, 403) from None
        return await form(request)

    async def _decide(self, request: Request, client: OAuthClient, sent: Mapping[str, str]) -> Response:
        """Back to the client with a code, or the form again. `OAuthError` for what the client is told."""
        scope = _scope_asked(client, sent)
        if sent.get("decision") != "allow":
            raise OAuthError("access_denied", "The user declined.")
        try:
            account, mark, device = await prove_password(
                request, _username(sent), sent.get("password", "")[:PASSWORD_MAX_LENGTH]
            )
        except Unauthenticated as error:
            return _form(client, sent, scope, error.reason, 401)
        except TooManyAttempts:
            return _form(client, sent, scope, "Too many attempts: wait before the next one.", 429)
        granted = " ".join(part for part in scope.split() if part in account.scope.split())
        if not granted:
            raise OAuthError("access_denied", "The user has none of that to give.")
        uri, challenge = sent["redirect_uri"], sent["code_challenge"]
        grant = Grant.new(client.client_id, uri, challenge, account.username, granted, mark)
        answer = _back(sent, {"code": await self._codes.new(grant)})
        answer.headers.append(*device)
        return answer

    def _client_of(self, asked: Mapping[str, str]) -> OAuthClient:
        """The client, if this is a place it may send users to."""
        client = self._clients.named(asked.get("client_id"))
        if asked.get("redirect_uri") not in client.redirect_uris:
            raise OAuthError("invalid_request", "The redirect_uri is not one of this client's.")
        return client


def _username(sent: Mapping[str, str]) -> str:
    """What can be one: PostgreSQL stores no NUL in a text, and none is longer."""
    return sent.get("username", "").replace("\0", "")[:USERNAME_MAX_LENGTH]


def _scope_asked(client: OAuthClient, asked: Mapping[str, str]) -> str:
    """The scope asked for. `OAuthError` for what the client is to be told."""
    if asked.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "Only the authorization code flow is offered.")
    if asked.get("code_challenge_method") != "S256" or not is_challenge(asked.get("code_challenge")):
        raise OAuthError("invalid_request", "PKCE with S256 is needed.")
    return client.scope_asked(asked.get("scope"))


def _back(asked: Mapping[str, str], answer: Mapping[str, str]) -> Response:
    """To the client, with its state and with who we are (RFC 9207)."""
    state = {"state": asked["state"]} if "state" in asked else {}
    query = urlencode({**answer, **state, "iss": ISSUER})
    separator = "&" if "?" in asked["redirect_uri"] else "?"
    # 303: the browser must not send the form on (RFC 9700 section 4.12).
    return RedirectResponse(f"{asked['redirect_uri']}{separator}{query}", 303, _HEADERS)


def _form(
    client: OAuthClient, asked: Mapping[str, str], scope: str, problem: str = "", status: int = 200
) -> Response:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(asked[name])}">'
        for name in _ASKED
        if name in asked
    )
    told = f'<p role="alert">{html.escape(problem)}</p>' if problem else ""
    body = (
        f"<h1>Log in</h1><p><b>{html.escape(client.client_id)}</b> asks for: {html.escape(scope)}.</p>{told}"
        f'<form method="post" action="/oauth/authorize">{hidden}'
        '<p><label>Username <input name="username" autocomplete="username" required></label></p>'
        '<p><label>Password <input name="password" type="password" autocomplete="current-password" required>'
        "</label></p>"
        '<p><button name="decision" value="allow">Log in and allow</button> '
        '<button name="decision" value="deny" formnovalidate>Deny</button></p></form>'
    )
    return _html(body, status)


def _told(error: OAuthError) -> dict[str, str]:
    return {"error": error.error, "error_description": error.description}


def _page(error: OAuthError) -> Response:
    return _html(f"<h1>This cannot go on</h1><p>{html.escape(error.description)}</p>", error.status)


def _html(body: str, status: int) -> Response:
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>authbench</title>'
        '<meta name="viewport" content="width=device-width"></head><body>' + body + "</body></html>"
    )
    return Response(page, status, _HEADERS, "text/html")
