"""The token endpoint (RFC 6749 section 3.2): codes, refresh tokens and clients become access tokens."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from servers.errors import InvalidGrant
from servers.oauth.face.clients import Clients, OAuthClient
from servers.oauth.face.codes import Codes
from servers.oauth.face.errors import OAuthError, told
from servers.oauth.face.forms import form
from servers.oauth.face.pkce import proves
from servers.oauth.refresh_tokens import RefreshToken
from servers.stores.redis import RedisStore
from servers.token_scheme import TokenScheme

_GONE = "The code is not valid."


class TokenEndpoint:
    """Grants of one scheme. Refresh tokens stay with their client (RFC 9700 section 4.14.2)."""

    def __init__(self, scheme: TokenScheme, clients: Clients, codes: Codes, redis: RedisStore) -> None:
        self._scheme = scheme
        self._clients = clients
        self._codes = codes
        self._redis = redis
        self._owners = f"{scheme.settings.redis_key_prefix}client-of:"

    async def answer(self, request: Request) -> Response:
        """POST /oauth/token."""
        sent = await form(request)
        client = self._clients.authenticate(request, sent)
        match sent.get("grant_type"):
            case "authorization_code":
                return told(await self._exchange(client, sent))
            case "refresh_token":
                return told(await self._refresh(client, sent))
            case "client_credentials":
                return told(self._for_itself(client, sent))
            case None:
                raise OAuthError("invalid_request", "A grant_type is needed.")
            case _:
                # The password grant is one of these: RFC 9700 section 2.4.
                raise OAuthError("unsupported_grant_type", "Not offered here.")

    async def _exchange(self, client: OAuthClient, sent: dict[str, str]) -> dict[str, Any]:
        refresh = RefreshToken.new()
        grant, family = await self._codes.take(sent.get("code", ""), refresh.family)
        if family:
            # Whoever used it first may be the thief (RFC 6749 section 4.1.2).
            await self._scheme.end_login(family)
        if (
            grant is None
            or grant.client_id != client.client_id
            or grant.redirect_uri != sent.get("redirect_uri")
            or not proves(sent.get("code_verifier"), grant.challenge)
        ):
            raise OAuthError("invalid_grant", _GONE)
        await self._redis.execute(
            "SET", self._owners + refresh.family, f"{client.client_id} {grant.scope}",
            "EX", self._scheme.settings.refresh_absolute_s,
        )  # fmt: skip
        tokens = await self._scheme.grant(grant.sub, grant.scope, client.client_id, refresh, grant.taken_mark)
        if tokens is None:
            raise OAuthError("invalid_grant", _GONE)
        return tokens

    async def _refresh(self, client: OAuthClient, sent: dict[str, str]) -> dict[str, Any]:
        presented = RefreshToken.parse(sent.get("refresh_token", ""))
        granted = await self.granted(client, presented) if presented else None
        if presented is None or granted is None:
            raise OAuthError("invalid_grant", "The refresh token is not valid.")
        # Less may be asked for, and the whole is given all the same (RFC 6749 section 3.3); never more.
        if not set(sent.get("scope", "").split()) <= granted:
            raise OAuthError("invalid_scope", "That was not granted.")
        try:
            return (await self._scheme.renew(presented, client.client_id)).body
        except InvalidGrant as error:
            raise OAuthError("invalid_grant", error.reason) from None

    def _for_itself(self, client: OAuthClient, sent: dict[str, str]) -> dict[str, Any]:
        if client.secret_sha256 is None:
            raise OAuthError("unauthorized_client", "Only a client with a secret can act for itself.")
        scope = sent.get("scope", client.scopes[0])
        if not set(scope.split()) <= set(client.scopes):
            raise OAuthError("invalid_scope", "This client may not ask for that.")
        return self._scheme.token_of_client(client.client_id, scope)

    async def granted(self, client: OAuthClient, token: RefreshToken) -> set[str] | None:
        """The scope this client was granted with the token; None if it was not given to it."""
        kept = await self._redis.execute("GET", self._owners + token.family)
        owner, *scope = kept.decode().split(" ") if kept else [""]
        return set(scope) if owner == client.client_id else None
