"""Sessions in Redis, with a signed snapshot beside the id: while that is fresh, nobody asks Redis."""

import time
from dataclasses import replace

from starlette.requests import Request

from authbench.contracts.card import PROTECTED, Operation, StoreLoss
from servers.answers.layers import AddedHeaders, add_header
from servers.contract.claims import Claims, Identity
from servers.contract.settings import ServerSettings
from servers.credentials.cookies.cookies import Cookie
from servers.keys.keys import Keys
from servers.keys.signed_values import SignedValues
from servers.schemes.parts.cards import Declared, alike
from servers.schemes.parts.carriers import CookieCarrier, refuse_large_settings
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.credentials import Stored
from servers.schemes.parts.part import Part
from servers.schemes.parts.recipes import redis_sessions
from servers.stores.redis.sessions import RedisSessions


class Snapshots(Part):
    """Signed copies of sessions, each bound to its id, which are believed for `cookie_cache_s` seconds."""

    def __init__(self, settings: ServerSettings) -> None:
        self._window_s = settings.cookie_cache_s
        self.cookie = Cookie("snapshot", settings.https)
        self.declared = Declared(
            crypto=alike((*PROTECTED, Operation.LOGIN), {"HMAC-SHA-256": 1}),
            refused_after_logout=self._window_s == 0,
            stale_s=self._window_s,
            store_loss=StoreLoss.UNTIL_CACHE_ENDS,
        )

    def prepare(self, keys: Keys) -> None:
        """Take the key: each process must know the snapshots of the others."""
        self._values = SignedValues(*keys.derived("session snapshot"))

    def take(self, session_id: str, claims: Claims, since: float | None = None) -> str:
        """`since`, in Unix seconds, is when the claims were known to be right; now unless given."""
        known = int(time.time() if since is None else since)
        until = min(known + self._window_s, claims.exp)
        return self._values.sign(f"{until}:{claims.as_json()}".encode(), session_id.encode("latin-1"))

    def fresh(self, request: Request, session_id: str) -> Claims | None:
        """The claims of a fresh snapshot of this session; None sends the request to the store."""
        values = self.cookie.values(request)
        if len(values) != 1:
            return None
        try:
            content = self._values.content(values[0], session_id.encode("latin-1"))
            until, _, claims = content.partition(b":")
            return Claims.parse_json(claims) if int(until) > time.time() else None
        except ValueError:
            return None


class SnapshotCarrier(CookieCarrier):
    """The cookie of a session, and a second one with its snapshot."""

    def __init__(self, settings: ServerSettings, snapshots: Snapshots) -> None:
        super().__init__(settings)
        self._snapshots = snapshots

    def cookies(self, text: str, claims: Claims) -> list[tuple[Cookie, str]]:
        session, csrf = super().cookies(text, claims)
        return [session, (self._snapshots.cookie, self._snapshots.take(text, claims)), csrf]

    def removal(self) -> tuple[tuple[str, str], ...]:
        """The snapshot goes too: only a copy is left."""
        session, csrf = super().removal()
        return (session, self._snapshots.cookie.clear(), csrf)


class CookieCacheSessionScheme(ComposedScheme):
    """`session-redis`, whose reads believe a snapshot of the session for `cookie_cache_s` seconds.

    A stale one is replaced on the answer. A client that ignores it, as the measured load does, asks Redis
    with every read from then on: an experiment has to choose a `cookie_cache_s` longer than a generation.
    """

    name = "session-cookie-cache"
    travels = "a random 256-bit session id, and a signed snapshot of about 325 characters"
    used_by = "Better Auth with cookieCache (300 s unless told otherwise)."
    reason = (
        "A browser asks the store once in a window instead of with every request. Whoever copied both "
        "cookies is let in after the logout until the snapshot is stale, and a changed role or a disabled "
        "account take as long. A client that keeps no cookies gains nothing."
    )
    layer = AddedHeaders

    def compose(self) -> Parts:
        settings = self.settings
        self._snapshots = Snapshots(settings)
        self.summary = (
            f"session-redis with a signed snapshot in a second cookie, good for {settings.cookie_cache_s} s."
        )
        return Parts(
            credential=Stored(
                SnapshotCarrier(settings, self._snapshots),
                redis_sessions(settings, RedisSessions),
                # Asked only where the snapshot is not believed: at first, and by whoever ends the session.
                replace(RedisSessions.asks, again={}, again_only_reads=True),
                settings.session_absolute_s,
            ),
            more=(self._snapshots,),
        )

    async def start(self) -> None:
        """Open the store; Failure if a snapshot does not fit into a cookie."""
        await super().start()
        take = self._snapshots.take
        refuse_large_settings(self.settings, self._snapshots.cookie, lambda claims: take("x" * 43, claims))

    async def authenticate(self, request: Request) -> Identity:
        """What a fresh snapshot says, or the store, which then gives a fresh one."""
        session_id = self.carrier.present(request)
        claims = self._snapshots.fresh(request, session_id)
        if claims is None:
            # The window is counted from before the store is asked: what changes from then on is in force
            # when it ends.
            asked = time.time()
            claims = await self.credential.use(request)
            snapshot = self._snapshots.take(session_id, claims, asked)
            add_header(request, self._snapshots.cookie.set(snapshot))
        return claims.identity()

    async def confirm(self, request: Request) -> Identity:
        """What the store says: a snapshot is not enough to change an account."""
        return (await self.credential.use(request)).identity()
