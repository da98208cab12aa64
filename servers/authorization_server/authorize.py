"""The authorization endpoint (RFC 6749 section 4.1.1): a user logs in, agrees, and returns with a code."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from servers.answers.bodies import Login
from servers.answers.problems import RETRY_AFTER_S
from servers.answers.security_log import record, refused
from servers.authorization_server.clients import Clients, OAuthClient
from servers.authorization_server.codes import Codes, Grant
from servers.authorization_server.errors import OAuthError
from servers.authorization_server.forms import form, parameters
from servers.authorization_server.pages import HEADERS, fits, form_page, refusal_page
from servers.authorization_server.pkce import is_challenge
from servers.authorization_server.redirect_uris import is_one_of
from servers.contract import errors
from servers.contract.claims import ISSUER
from servers.credentials.cookies.csrf import require_own_origin
from servers.passwords.login import Purpose, prove_password

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class AuthorizationEndpoint:
    """GET and POST /oauth/authorize. Nobody is redirected to an unknown client or address."""

    def __init__(self, clients: Clients, codes: Codes, public_origin: str | None) -> None:
        self._clients = clients
        self._codes = codes
        self._public_origin = public_origin

    async def answer(self, request: Request) -> Response:
        """GET: show the form. POST: the same parameters with name and password."""
        submitted = request.method == "POST"
        try:
            if submitted:
                require_own_origin(request, self._public_origin)
                asked = await form(request)
            else:
                asked = parameters(request.scope["query_string"])
            client = self._client_of(asked)
        except errors.Forbidden as error:
            refused(request, 403, error.reason)
            return refusal_page(error.reason, 403)
        except OAuthError as error:
            _log(request, error)
            return refusal_page(error.description, error.status)
        try:
            scope = _scope_asked(client, asked)
            if submitted:
                return await self._decide(request, client, scope, asked)
            return form_page(client.client_id, scope, asked)
        except OAuthError as error:
            _log(request, error)
            return _back(asked, {"error": error.error, "error_description": error.description})

    async def _decide(
        self, request: Request, client: OAuthClient, scope: str, sent: Mapping[str, str]
    ) -> Response:
        """Redirect to the client with a code, or show the form again. `OAuthError` for the client."""
        if sent.get("decision") != "allow":
            raise OAuthError("access_denied", "The user declined.")

        def again(problem: str, status: int, retry_after_s: int | None = None) -> Response:
            return form_page(client.client_id, scope, sent, problem, status, retry_after_s)

        try:
            login = _login(sent)
            password = login.password.get_secret_value()
            proof = await prove_password(request, login.username, password, Purpose.AUTHORIZATION)
            account = proof.account
            granted = " ".join(part for part in scope.split(" ") if part in account.scope.split(" "))
            if not granted:
                raise OAuthError("access_denied", "The user has none of the requested scopes.")
            uri, challenge, mark = sent["redirect_uri"], sent["code_challenge"], (proof.mark or b"").hex()
            grant = Grant(client.client_id, uri, challenge, account.username, granted, mark)
            answer = _back(sent, {"code": await self._codes.new(grant)})
        except errors.Unauthenticated as error:
            return again(error.reason, 401)
        except errors.TooManyAttempts as error:
            wait_s = int(error.retry_after)
            return again(f"Too many attempts: wait {wait_s} s before the next one.", 429, wait_s)
        except (errors.StoreUnavailable, errors.DatabaseUnavailable, errors.PasswordsBusy):
            return again("The server is not available. Try again in a moment.", 503, RETRY_AFTER_S)
        for header in proof.headers:
            answer.headers.append(*header)
        record("authorization", request, user=account.username, client_id=client.client_id)
        return answer

    def _client_of(self, asked: Mapping[str, str]) -> OAuthClient:
        """The client, if `redirect_uri` is one of its own; else `OAuthError` for the user."""
        client = self._clients.find(asked.get("client_id"))
        if client is None:
            raise OAuthError("invalid_request", "The client is not known.")
        if not is_one_of(asked.get("redirect_uri"), client.redirect_uris):
            raise OAuthError("invalid_request", "The redirect_uri is not one of this client's.")
        return client


def _log(request: Request, error: OAuthError) -> None:
    # Its own texts, nothing that was sent.
    refused(request, error.status, f"{error.error}: {error.description}")


def _login(sent: Mapping[str, str]) -> Login:
    """Name and password as /login takes them: no account has others."""
    try:
        return Login.model_validate({name: sent.get(name) for name in ("username", "password")})
    except ValidationError:
        raise errors.Unauthenticated("Wrong username or password.") from None


def _scope_asked(client: OAuthClient, asked: Mapping[str, str]) -> str:
    """The requested scope. `OAuthError` for the client if the request is not valid."""
    if "response_type" not in asked:
        raise OAuthError("invalid_request", "A response_type is needed.")
    if asked["response_type"] != "code":
        raise OAuthError("unsupported_response_type", "Only the authorization code flow is offered.")
    if asked.get("code_challenge_method") != "S256" or not is_challenge(asked.get("code_challenge")):
        raise OAuthError("invalid_request", "PKCE with S256 is needed.")
    if _CONTROL.search(asked.get("state", "")):
        # RFC 6749 appendix A.5 has none, and a form would change some: to its client that is an attack.
        raise OAuthError("invalid_request", "The state has a control character.")
    if not fits(asked):
        raise OAuthError("invalid_request", "The request is too long.")
    return client.scope_asked(asked.get("scope"))


def _back(asked: Mapping[str, str], answer: Mapping[str, str]) -> Response:
    """Redirect to the client, with its state and our issuer (RFC 9207)."""
    state = {"state": asked["state"]} if "state" in asked else {}
    query = urlencode({**answer, **state, "iss": ISSUER})
    separator = "&" if "?" in asked["redirect_uri"] else "?"
    # 303: the browser must not send the form to the client (RFC 9700 section 4.12).
    return RedirectResponse(f"{asked['redirect_uri']}{separator}{query}", 303, HEADERS)
