"""The token endpoint (RFC 6749 section 3.2): a code, a refresh token or a secret becomes an access token."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from servers.answers.security_log import digest, record
from servers.authorization_server.clients import Clients, OAuthClient
from servers.authorization_server.codes import Codes
from servers.authorization_server.errors import OAuthError, json_answer
from servers.authorization_server.forms import form
from servers.authorization_server.pkce import proves
from servers.contract.claims import CLIENT_SUBJECT
from servers.contract.errors import InvalidGrant, InvalidScope, Unauthenticated
from servers.contract.scheme import Issued
from servers.credentials.tokens.refresh_tokens import RefreshToken
from servers.schemes.parts.composed import ComposedScheme
from servers.schemes.parts.renewal import FamilyRenewal

_INVALID_CODE = "The code is not valid."


class TokenEndpoint:
    """POST /oauth/token. The record of a login binds its refresh token to a client and a scope (RFC 6749
    section 10.4, RFC 9700 section 4.14.2).
    """

    def __init__(
        self, scheme: ComposedScheme, renewal: FamilyRenewal, clients: Clients, codes: Codes
    ) -> None:
        self._scheme = scheme
        self._renewal = renewal
        self._clients = clients
        self._codes = codes

    async def answer(self, request: Request) -> Response:
        sent = await form(request)
        client = self._clients.authenticate(request, sent)
        match sent.get("grant_type"):
            case "authorization_code":
                return json_answer(await self._exchange(client, sent, request))
            case "refresh_token":
                return json_answer(await self._refresh(client, sent))
            case "client_credentials":
                issued = await self._for_itself(client, sent)
                record("client_login", request, issued=issued, client_id=client.client_id)
                return json_answer(issued.body)
            case None:
                raise OAuthError("invalid_request", "A grant_type is needed.")
            case _:
                # The password grant is one of these: RFC 9700 section 2.4.
                raise OAuthError("unsupported_grant_type", "This grant type is not supported.")

    async def _exchange(self, client: OAuthClient, sent: dict[str, str], request: Request) -> dict[str, Any]:
        refresh, code = self._renewal.tokens.first(), sent.get("code", "")
        grant, family = await self._codes.take(code, refresh.family)
        if family:
            # Whoever used it first may be the thief (RFC 6749 section 4.1.2).
            record("code_reuse", request, login=digest(family), client_id=client.client_id)
            await self._renewal.end_login(family)
        if (
            grant is None
            or grant.client_id != client.client_id
            or grant.redirect_uri != sent.get("redirect_uri")
            or not proves(sent.get("code_verifier"), grant.challenge)
        ):
            raise OAuthError("invalid_grant", _INVALID_CODE)
        claims = self._scheme.claims_of(grant.sub, grant.scope, client.client_id)
        try:
            issued = await self._scheme.open_login(claims, bytes.fromhex(grant.mark) or None, refresh)
        except Unauthenticated:
            raise OAuthError("invalid_grant", _INVALID_CODE) from None
        # A second use before the login was there found nothing to end.
        if await self._codes.used_again(code):
            await self._renewal.end_login(refresh.family)
            raise OAuthError("invalid_grant", _INVALID_CODE)
        return issued.body

    async def _refresh(self, client: OAuthClient, sent: dict[str, str]) -> dict[str, Any]:
        # A client may ask for less: that holds for one access token, not for the next refresh (RFC 6749
        # section 6).
        asked = client.scope_asked(sent["scope"]) if "scope" in sent else ""
        presented = RefreshToken.parse(sent.get("refresh_token", ""))
        if presented is None:
            raise OAuthError("invalid_grant", "The refresh token is not valid.")
        try:
            return (await self._scheme.renew(presented, client.client_id, asked, client.scopes)).body
        except InvalidGrant as error:
            raise OAuthError("invalid_grant", error.reason) from None
        except InvalidScope:
            raise OAuthError("invalid_scope", "The scope was not granted to this refresh token.") from None

    async def _for_itself(self, client: OAuthClient, sent: dict[str, str]) -> Issued:
        """A token of a client that acts for itself (RFC 6749 section 4.4); nothing renews it."""
        if client.secret_sha256 is None:
            raise OAuthError("unauthorized_client", "Only a client with a secret can act for itself.")
        scope = client.scope_asked(sent.get("scope"))
        claims = self._scheme.claims_of(CLIENT_SUBJECT + client.client_id, scope, client.client_id)
        return await self._scheme.answer(claims)
