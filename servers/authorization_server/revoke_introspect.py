"""Token introspection (RFC 7662) and revocation (RFC 7009)."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from servers.answers.security_log import digest, record
from servers.authorization_server.clients import CHALLENGE, Clients
from servers.authorization_server.errors import NO_STORE, OAuthError, json_answer
from servers.authorization_server.forms import form
from servers.contract.claims import Claims
from servers.contract.errors import Unauthenticated
from servers.credentials.tokens.refresh_tokens import RefreshToken
from servers.schemes.parts.credentials import Signed
from servers.schemes.parts.renewal import FamilyRenewal
from servers.schemes.parts.revocation import Revocation

_TOKEN_TYPE = "Bearer"  # noqa: S105 - a name


class TokenQuestions:
    """The endpoints /oauth/introspect and /oauth/revoke."""

    def __init__(
        self, tokens: Signed, renewal: FamilyRenewal, revocation: Revocation, clients: Clients
    ) -> None:
        self._tokens = tokens
        self._renewal = renewal
        self._revocation = revocation
        self._clients = clients

    async def introspect(self, request: Request) -> Response:
        """Say whether an access token of the client itself is valid, and its claims.

        Any other token is answered as inactive (RFC 7662 section 2.2). The client needs a secret.
        """
        sent = await form(request)
        client = self._clients.authenticate(request, sent)
        if client.secret_sha256 is None:
            raise OAuthError("invalid_client", "This client must authenticate.", 401, CHALLENGE)
        claims = await self._valid_claims(_token_in(sent))
        if claims is None or claims.client_id != client.client_id:
            return json_answer({"active": False})
        return json_answer({"active": True, "token_type": _TOKEN_TYPE, **claims.as_dict()})

    async def revoke(self, request: Request) -> Response:
        """End a refresh token with its login, or an access token where the scheme has a deny list.

        Tokens that nobody was given get the same answer (RFC 7009 section 2.2). Those of another client are
        refused (section 2.1).
        """
        sent = await form(request)
        client = self._clients.authenticate(request, sent)
        token = _token_in(sent)
        refresh = RefreshToken.parse(token)
        if refresh is not None:
            ending = await self._renewal.end(refresh, client.client_id)
            if ending == "another client's":
                raise _another_clients()
            if ending == "over":
                record("revocation", request, login=digest(refresh.family), client_id=client.client_id)
            return Response(None, 200, NO_STORE)
        claims = await self._valid_claims(token)
        if claims is not None:
            if claims.client_id != client.client_id:
                raise _another_clients()
            if not await self._revocation.deny(claims):
                raise OAuthError(
                    "unsupported_token_type", "The configured scheme cannot revoke access tokens."
                )
            record("revocation", request, user=claims.sub, client_id=client.client_id)
        return Response(None, 200, NO_STORE)

    async def _valid_claims(self, token: str) -> Claims | None:
        """The claims of a valid token. White space around it, which a header loses, makes it invalid."""
        if token.split() != [token]:
            return None
        header = (b"authorization", f"{_TOKEN_TYPE} {token}".encode("utf-8", "replace"))
        asking = Request({"type": "http", "method": "GET", "path": "/me", "headers": [header]})
        try:
            return await self._tokens.read(asking)
        except Unauthenticated:
            return None


def _token_in(sent: Mapping[str, str]) -> str:
    """The one parameter that both requests must have (RFC 7009 section 2.1, RFC 7662 section 2.1)."""
    if "token" not in sent:
        raise OAuthError("invalid_request", "A token is needed.")
    return sent["token"]


def _another_clients() -> OAuthError:
    # The code of RFC 6749 section 5.2 for a token that was issued to another client.
    return OAuthError("invalid_grant", "The token was issued to another client.")
