"""Server-side sessions in Redis: an opaque id travels, what it stands for stays in the store.

Commands: a read is one GETEX; a login one SET, and one DEL before it if an old session was presented; a
logout one DEL. Nothing on the read path writes a value, so a logout is final for requests in flight too:
the write-back that resurrects sessions elsewhere cannot happen.
"""

import asyncio
import hashlib
import json
import re
import secrets
import time
from collections.abc import Sequence

from starlette.requests import Request

from authbench.card import Card, Operation
from authbench.failure import Failure
from servers.accounts import Account
from servers.contract import Claims, Credential, Identity, Issued, Scheme, Unauthenticated, new_claims
from servers.cookies import clear_cookie, cookie_name, cookie_values, set_cookie
from servers.csrf import require_own_origin
from servers.settings import ServerSettings
from servers.stores.redis import RedisStore

_ID_BYTES = 32
"""256 bits (ASVS 5.0 7.2.3 asks for 128), 43 characters of base64url."""
_ID_SHAPE = re.compile(rb"[A-Za-z0-9_-]{43}")


class RedisSessions(Scheme):
    """Session id in a cookie, claims in Redis under the SHA-256 of the id, idle and absolute timeout."""

    name = "session-redis"

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        # Behind TLS exactly if there is a public origin; without one the server is on loopback only.
        self._secure = settings.public_origin is not None
        self._cookie = cookie_name(self._secure)
        self._cookie_bytes = self._cookie.encode()
        self._prefix = settings.redis_key_prefix
        self._idle_s = settings.session_idle_s
        self._opened: RedisStore | None = None

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        return Card(
            name=self.name,
            summary="Server-side session in Redis, one GETEX per read.",
            authenticates=True,
            carrier="cookie",
            travels="a random 256-bit session id, 43 characters",
            store="redis",
            store_commands={
                Operation.PUBLIC: {},
                Operation.READ: {"getex": 1},
                Operation.LOGIN: {"set": 1},
                Operation.LOGOUT: {"del": 1},
            },
            logout_ends_credential=True,
            revocation_window_s=0,
            loopback_only=False,
        )

    @property
    def challenge(self) -> str:
        """No registered scheme names a cookie; this is the name of draft-broyer-http-cookie-auth."""
        return 'Cookie realm="authbench"'

    @property
    def store_failures(self) -> int:
        """How often Redis was unavailable since the start."""
        return self._opened.failures if self._opened else 0

    @property
    def _store(self) -> RedisStore:
        assert self._opened is not None, "start() was not called"  # noqa: S101
        return self._opened

    async def start(self) -> None:
        """Open the store. Failure without a URL or an answer."""
        settings = self.settings
        if settings.redis_url is None:
            raise Failure("session-redis needs a Redis: give --redis-url")
        self._opened = RedisStore(
            settings.redis_url, settings.store_deadline_ms / 1000, settings.store_connections
        )
        await self._opened.start(settings.store_connections_warm)

    async def stop(self) -> None:
        """Close the store."""
        if self._opened is not None:
            await self._opened.stop()

    def check_state_change(self, request: Request) -> None:
        """A browser attaches the cookie by itself, so the request must prove where it comes from."""
        require_own_origin(request, self.settings.public_origin)

    async def issue(self, account: Account, request: Request) -> Issued:
        """A new session under a new id; what was presented before ends first (ASVS 5.0 7.2.4)."""
        presented = self._keys(request)
        if presented:
            await self._store.delete(*presented)
        session_id = secrets.token_urlsafe(_ID_BYTES)
        claims = new_claims(account.username, account.scope, self.settings.session_absolute_s)
        await self._store.put(self._key(session_id.encode()), _value(claims), self._idle_s)
        self.credentials_issued += 1
        body = {"sub": account.username, "expires_in": self.settings.session_absolute_s}
        return Issued(body, (set_cookie(session_id, self._secure),))

    async def authenticate(self, request: Request) -> Identity:
        """The session's subject. The idle timeout starts again; the absolute one never moves."""
        values = cookie_values(request, self._cookie_bytes)
        if not values:
            raise Unauthenticated("A session is needed.")
        if len(values) > 1:
            raise Unauthenticated("More than one session cookie.")
        if _ID_SHAPE.fullmatch(values[0]) is None:
            raise Unauthenticated("The session is not valid.")
        key = self._key(values[0])
        value = await self._store.get_and_touch(key, self._idle_s)
        if value is None:
            raise Unauthenticated("The session is not valid.")
        try:
            claims = Claims.parse(json.loads(value))
        except (ValueError, RecursionError):
            claims = None
        if claims is None or claims.exp <= time.time():
            # GETEX has just given it another idle period: it ends here.
            await self._store.delete(key)
            raise Unauthenticated("The session is not valid.")
        return claims.identity()

    async def revoke(self, request: Request) -> Issued:
        """Delete every session presented, known or not, and the cookie with it."""
        presented = self._keys(request)
        if not presented:
            raise Unauthenticated("A session is needed.")
        await self._store.delete(*presented)
        return Issued(headers=(clear_cookie(self._secure),))

    async def seed(self, claims: Sequence[Claims]) -> list[Credential]:
        """A session each, with a time to live of its lifetime; an expired one is there for an idle period."""
        now = int(time.time())
        credentials = []
        entries = []
        for count, item in enumerate(claims):
            session_id = secrets.token_urlsafe(_ID_BYTES)
            time_to_live_s = item.exp - now if item.exp > now else self._idle_s
            entries.append((self._key(session_id.encode()), _value(item), time_to_live_s))
            credentials.append(Credential({"Cookie": f"{self._cookie}={session_id}"}, item))
            if count % 500 == 0:
                await asyncio.sleep(0)
        await self._store.put_many(entries)
        self.credentials_issued += len(credentials)
        return credentials

    async def delete_keys(self) -> int:
        """Remove every key with this server's prefix."""
        return await self._store.delete_prefix(self._prefix)

    async def ping_store(self, count: int) -> list[float]:
        """Round trips to Redis in microseconds."""
        return await self._store.round_trips_us(count)

    def _key(self, session_id: bytes) -> str:
        """Only a hash is stored: who reads the store cannot use what is found there."""
        return self._prefix + hashlib.sha256(session_id).hexdigest()

    def _keys(self, request: Request) -> list[str]:
        """Keys of all well-formed ids presented: ending one more session than necessary harms nobody."""
        values = cookie_values(request, self._cookie_bytes)
        return [self._key(value) for value in values if _ID_SHAPE.fullmatch(value)]


def _value(claims: Claims) -> str:
    return json.dumps(claims.as_dict(), separators=(",", ":"))
