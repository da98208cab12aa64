"""Server-side sessions: an opaque id travels in a cookie, what it stands for stays in a store."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Sequence

from starlette.requests import Request

from authbench.contracts.card import Operation
from servers.contract.claims import Claims, new_claims
from servers.contract.errors import Unauthenticated
from servers.contract.scheme import Account, Credential, Issued, Mark
from servers.schemes.parts.cookie_scheme import CookieScheme
from servers.schemes.parts.stored_logins import StoredLogins

_ID_BYTES = 32
"""256 bits (ASVS 5.0 7.2.3 asks for 128), 43 characters of base64url."""
_ID_SHAPE = re.compile(rb"[A-Za-z0-9_-]{43}")

_CREATE = {"evalsha": 1, "get": 1, "zremrangebyscore": 1, "zadd": 1, "zrange": 1, "expireat": 1, "set": 1}
READ = {"getex": 1}
REDIS_COMMANDS: dict[Operation, dict[str, int]] = {
    Operation.PUBLIC: {},
    Operation.READ: READ,
    # Besides creating it: the mark, SET and GETEX.
    Operation.LOGIN: {**_CREATE, "set": 2, "getex": 1},
    Operation.LOGOUT: {"evalsha": 1, "getdel": 1, "zrem": 1},
    Operation.LIST_ORDERS: READ,
    Operation.ADD_ORDER: READ,
    Operation.ADMIN_REPORT: READ,
    Operation.LOGOUT_EVERYWHERE: {**READ, "evalsha": 1, "zrange": 1, "del": 1},
}
"""What Redis counts for sessions that are kept there. A login that presents no old session."""


class CookieSessions(StoredLogins, CookieScheme):
    """Session id in a cookie, claims in the store under the SHA-256 of the id, idle and absolute timeout."""

    async def issue(self, account: Account, request: Request, mark: Mark) -> Issued:
        """A new session under a new id; what was presented before ends (ASVS 5.0 7.2.4)."""
        session_id, claims = self._drawn(account.username, account.scope)
        if not await self._store.create(_key(session_id.encode()), claims, mark):
            raise Unauthenticated("All sessions were ended during this login: log in again.")
        # Not before: a login that is refused ends nothing.
        presented = self._keys(request)
        if presented:
            await self._store.end(presented)
        self.credentials_issued += 1
        body = {"sub": account.username, "expires_in": self.settings.session_absolute_s}
        return Issued(body, self.logged_in_as(session_id, claims))

    async def _presented(self, request: Request) -> tuple[str, Claims]:
        session_id = self.presented(request)
        if _ID_SHAPE.fullmatch(session_id) is None:
            raise Unauthenticated("The session is not valid.")
        key = _key(session_id)
        claims = await self._store.read(key)
        if claims is None:
            raise Unauthenticated("The session is not valid.")
        return key, claims

    async def password_changed(self, request: Request, account: Account) -> Issued:
        """End all sessions of the user, and give this browser a new one in place of its own.

        If that ended meanwhile there is none: nothing brings back what a logout has ended.
        """
        session_id, claims = self._drawn(account.username, account.scope)
        presented, new = _key(self.presented(request)), _key(session_id.encode())
        stored = await self._store.replace_all(presented, new, claims)
        if stored is None:
            return Issued(headers=self.logged_out())
        self.credentials_issued += 1
        return Issued(headers=self.logged_in_as(session_id, stored))

    def _drawn(self, username: str, scope: str) -> tuple[str, Claims]:
        """A fresh id, and the claims of a session that begins now."""
        settings = self.settings
        claims = new_claims(username, scope, settings.session_absolute_s, extra=settings.extra)
        return secrets.token_urlsafe(_ID_BYTES), claims

    async def revoke(self, request: Request) -> Issued:
        """Delete every session presented, known or not, and the cookie with it."""
        presented = self._keys(request)
        if not presented:
            raise Unauthenticated("A session is needed.")
        await self._store.end(presented)
        return Issued(headers=self.logged_out())

    async def revoke_everywhere(self, request: Request) -> Issued:
        """Delete all sessions of the presented one's user."""
        _, claims = await self._presented(request)
        await self._store.end_all(claims.sub)
        return Issued(headers=self.logged_out())

    async def seed(self, claims: Sequence[Claims]) -> list[Credential]:
        """A session each, with a time to live of its lifetime; an expired one is there for an idle period."""
        credentials = []
        sessions = []
        for count, item in enumerate(claims):
            session_id = secrets.token_urlsafe(_ID_BYTES)
            sessions.append((_key(session_id.encode()), item))
            credentials.append(Credential(self.seeded(session_id, item), item))
            if count % 500 == 0:
                await asyncio.sleep(0)
        await self._store.create_many(sessions)
        self.credentials_issued += len(credentials)
        return credentials

    def logged_in_as(self, session_id: str, claims: Claims) -> tuple[tuple[str, str], ...]:
        """Headers of the answer that opens this session."""
        del claims
        return self.logged_in(session_id)

    def seeded(self, session_id: str, claims: Claims) -> dict[str, str]:
        """What a client of a seeded session sends."""
        del claims
        return self.cookie_header(session_id)

    def _keys(self, request: Request) -> list[str]:
        """Keys of all well-formed ids presented: ending one more session than necessary harms nobody."""
        return [_key(value) for value in self._cookie.values(request) if _ID_SHAPE.fullmatch(value)]


def _key(session_id: bytes) -> str:
    """Only a hash is stored: who reads the store cannot use what is found there."""
    return hashlib.sha256(session_id).hexdigest()
