"""Opaque bearer tokens: a random reference travels, what it stands for stays in a store."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Sequence

from starlette.requests import Request

from servers.contract.claims import Claims, new_claims
from servers.contract.errors import Unauthenticated
from servers.contract.scheme import Account, Credential, Issued, Mark
from servers.credentials.tokens.bearer import REALM, bearer_token, insufficient_scope, refuse_token
from servers.credentials.tokens.token_response import token_response
from servers.schemes.parts.stored_logins import StoredLogins

_TOKEN_BYTES = 32
"""256 bits (RFC 6749 section 10.10 asks for 128, better 160), 43 characters of base64url."""
_TOKEN_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


class OpaqueTokens(StoredLogins):
    """A token in the Authorization header, claims in the store under its SHA-256, one fixed lifetime."""

    @property
    def challenge(self) -> str:
        """RFC 6750 section 3."""
        return REALM

    @property
    def security(self) -> dict[str, str]:
        """A bearer token, of no format a client may rely on."""
        return {"type": "http", "scheme": "bearer"}

    def scope_challenge(self, scope: str | None) -> str:
        """RFC 6750 section 3.1."""
        return insufficient_scope(self.challenge, scope)

    async def issue(self, account: Account, request: Request, mark: Mark) -> Issued:
        """A new token in the shape of RFC 6749 section 5.1, without a refresh token."""
        del request
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        lifetime_s = self.settings.opaque_lifetime_s
        claims = new_claims(account.username, account.scope, lifetime_s, extra=self.settings.extra)
        if not await self._store.create(_key(token), claims, mark):
            raise Unauthenticated("All logins were ended during this one: log in again.")
        self.credentials_issued += 1
        return Issued(token_response(token, lifetime_s, account.scope))

    async def _presented(self, request: Request) -> tuple[str, Claims]:
        key = _key_of(request)
        claims = await self._store.read(key)
        if claims is None:
            raise refuse_token()
        return key, claims

    async def revoke(self, request: Request) -> Issued:
        """Delete the token presented, known or not (RFC 7009 section 2.2)."""
        await self._store.end([_key_of(request)])
        return Issued()

    async def revoke_everywhere(self, request: Request) -> Issued:
        """Delete all tokens of the presented one's user."""
        _, claims = await self._presented(request)
        await self._store.end_all(claims.sub)
        return Issued()

    async def seed(self, claims: Sequence[Claims]) -> list[Credential]:
        """A token each, with a time to live of its lifetime."""
        credentials = []
        tokens = []
        for count, item in enumerate(claims):
            token = secrets.token_urlsafe(_TOKEN_BYTES)
            tokens.append((_key(token), item))
            credentials.append(Credential({"Authorization": f"Bearer {token}"}, item))
            if count % 500 == 0:
                await asyncio.sleep(0)
        await self._store.create_many(tokens)
        self.credentials_issued += len(credentials)
        return credentials


def _key_of(request: Request) -> str:
    """The store's key of the token presented. `Unauthenticated` without one, or if it cannot be one."""
    token = bearer_token(request)
    if _TOKEN_SHAPE.fullmatch(token) is None:
        raise refuse_token()
    return _key(token)


def _key(token: str) -> str:
    """Only a hash is stored, and only a hash is a key of a cache: nobody who reads either can use it."""
    return hashlib.sha256(token.encode()).hexdigest()
