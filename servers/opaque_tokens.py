"""Opaque bearer tokens: a random reference travels, what it stands for stays in a store."""

import asyncio
import hashlib
import re
import secrets
from abc import abstractmethod
from collections.abc import Sequence

from starlette.requests import Request

from servers.accounts import Account
from servers.claims import Claims, Identity, new_claims
from servers.contract import Credential, Issued, Login, Mark, Offer, Scheme
from servers.errors import Unauthenticated
from servers.oauth.bearer import REALM, bearer_token, refuse_token
from servers.oauth.token_response import token_response
from servers.settings import ServerSettings
from servers.stores.sessions import SessionStore

_TOKEN_BYTES = 32
"""256 bits (RFC 6749 section 10.10 asks for 128, better 160), 43 characters of base64url."""
_TOKEN_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


class OpaqueTokens(Scheme):
    """A token in the Authorization header, claims in the store under its SHA-256, one fixed lifetime."""

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._opened: SessionStore | None = None

    @abstractmethod
    def open_store(self) -> SessionStore:
        """The store, not started yet. Failure if the settings do not name one."""

    @property
    def challenge(self) -> str:
        """RFC 6750 section 3."""
        return REALM

    @property
    def security(self) -> dict[str, str]:
        """A bearer token, of no format a client may rely on."""
        return {"type": "http", "scheme": "bearer"}

    @property
    def offers(self) -> frozenset[Offer]:
        """Nothing to refresh: the store can end a token at any time, so it may live as long as a login."""
        return frozenset({Offer.LOGOUT_EVERYWHERE, Offer.SESSIONS})

    @property
    def store_failures(self) -> int:
        """How often the store was unavailable since the start."""
        return self._opened.failures if self._opened else 0

    @property
    def _store(self) -> SessionStore:
        assert self._opened is not None, "start() was not called"  # noqa: S101
        return self._opened

    async def start(self) -> None:
        """Open the store."""
        self._opened = self.open_store()
        await self._opened.start()

    async def stop(self) -> None:
        """Close the store."""
        if self._opened is not None:
            await self._opened.stop()

    def scope_challenge(self, scope: str) -> str:
        """RFC 6750 section 3.1."""
        return f'{REALM}, error="insufficient_scope", scope="{scope}"'

    async def before_login(self, username: str) -> Mark:
        """The user's mark in the store."""
        return await self._store.mark(username)

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

    async def authenticate(self, request: Request) -> Identity:
        """The token's subject."""
        _, claims = await self._presented(request)
        return claims.identity()

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

    async def logins(self, request: Request) -> list[Login]:
        """The tokens of the presented one's user, by their jti."""
        _, own = await self._presented(request)
        found = await self._store.of_user(own.sub)
        return [Login(item.jti, item.iat, item.exp, item.jti == own.jti) for item in found]

    async def revoke_login(self, request: Request, handle: str) -> bool:
        """Delete the token with that jti."""
        _, claims = await self._presented(request)
        return await self._store.end_one(claims.sub, handle)

    async def revoke_others(self, request: Request) -> None:
        """Delete all tokens of the user but the presented one."""
        key, claims = await self._presented(request)
        await self._store.end_all(claims.sub, keep=(key, claims))

    async def role_changed(self, username: str, scope: str) -> None:
        """Write the new scope into what the user's tokens stand for: in force as soon as it is read."""
        await self._store.rescope(username, scope)

    async def account_disabled(self, username: str) -> None:
        """Delete all tokens of the user."""
        await self._store.end_all(username)

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

    async def delete_keys(self) -> int:
        """Remove everything of this server from the store."""
        return await self._store.clear()

    async def ping_store(self, count: int) -> list[float]:
        """Round trips to the store in microseconds."""
        return await self._store.round_trips_us(count)


def _key_of(request: Request) -> str:
    """The store's key of the token presented. `Unauthenticated` without one, or if it cannot be one."""
    token = bearer_token(request)
    if _TOKEN_SHAPE.fullmatch(token) is None:
        raise refuse_token()
    return _key(token)


def _key(token: str) -> str:
    """Only a hash is stored, and only a hash is a key of a cache: nobody who reads either can use it."""
    return hashlib.sha256(token.encode()).hexdigest()
