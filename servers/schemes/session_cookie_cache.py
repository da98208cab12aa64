"""Sessions in Redis, with a signed snapshot beside the id: while that is fresh, nobody asks Redis."""

import time

from starlette.requests import Request

from authbench.contracts.card import Card, Operation
from servers.answers.layers import AddedHeaders, add_header
from servers.contract.claims import Claims, Identity
from servers.contract.settings import ServerSettings
from servers.credentials.cookies.cookies import Cookie
from servers.keys.signed_values import SignedValues
from servers.schemes.parts.cookie_sessions import REDIS_COMMANDS
from servers.schemes.parts.session_card import with_csrf
from servers.schemes.session_redis import RedisSessionScheme

_CACHED = (Operation.READ, Operation.LIST_ORDERS, Operation.ADD_ORDER, Operation.ADMIN_REPORT)
_CRYPTO: dict[Operation, dict[str, int]] = {
    Operation.PUBLIC: {},
    # The id is hashed, and the snapshot signed. A read of a fresh one is the HMAC alone.
    **{each: {"SHA-256": 1, "HMAC-SHA-256": 1} for each in (*_CACHED, Operation.LOGIN)},
    **{each: {"SHA-256": 1} for each in (Operation.LOGOUT, Operation.LOGOUT_EVERYWHERE)},
}


class CookieCacheSessionScheme(RedisSessionScheme):
    """`session-redis`, whose reads believe a snapshot of the session for `cookie_cache_s` seconds.

    A stale one is replaced on the answer. A client that ignores it, as the measured load does, asks Redis
    with every read from then on: an experiment has to choose a `cookie_cache_s` longer than a generation.
    """

    name = "session-cookie-cache"
    layer = AddedHeaders

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._snapshot_cookie = Cookie("snapshot", self._secure)
        self._snapshots_made: SignedValues | None = None

    @property
    def card(self) -> Card:
        """That of `session-redis`, and what believing a snapshot gains and costs."""
        window_s = self.settings.cookie_cache_s
        return super().card.model_copy(
            update={
                "summary": f"session-redis with a signed snapshot in a second cookie, good for {window_s} s.",
                "travels": "a random 256-bit session id, and a signed snapshot of about 325 characters",
                "store_commands": REDIS_COMMANDS,
                "repeated_commands": {each: {} for each in _CACHED},
                "crypto_operations": with_csrf(_CRYPTO),
                "logout_ends_credential": False,
                "revocation_window_s": window_s,
                "role_change_window_s": window_s,
                "disabled_window_s": window_s,
                "used_by": "Better Auth with cookieCache (300 s unless told otherwise).",
                "reason": "A browser asks the store once in a window instead of with every request. Whoever "
                "copied both cookies is let in after the logout until the snapshot is stale, and a changed "
                "role or a disabled account take as long. A client that keeps no cookies gains nothing.",
            }
        )

    @property
    def _snapshots(self) -> SignedValues:
        assert self._snapshots_made is not None, "start() was not called"  # noqa: S101
        return self._snapshots_made

    def prepare(self) -> None:
        """Take the key: each process must know the snapshots of the others."""
        super().prepare()
        self._snapshots_made = SignedValues(*self.keys.derived("session snapshot"))

    async def start(self) -> None:
        """Open the store; Failure if a snapshot does not fit into a cookie."""
        await super().start()
        self.refuse_large_settings(self._snapshot_cookie, lambda claims: self._snapshot("x" * 43, claims))

    async def authenticate(self, request: Request) -> Identity:
        """What a fresh snapshot says, or the store, which then gives a fresh one."""
        session_id = self.presented(request)
        claims = self._remembered(request, session_id)
        if claims is None:
            # The window is counted from before the store is asked: what changes from then on is in force
            # when it ends.
            asked = time.time()
            _, claims = await self._presented(request)
            snapshot = self._snapshot(session_id.decode("ascii"), claims, asked)
            add_header(request, self._snapshot_cookie.set(snapshot))
        return claims.identity()

    async def confirm(self, request: Request) -> Identity:
        """What the store says: a snapshot is not enough to change an account."""
        _, claims = await self._presented(request)
        return claims.identity()

    def logged_in_as(self, session_id: str, claims: Claims) -> tuple[tuple[str, str], ...]:
        """With the first snapshot."""
        return self.logged_in(session_id, self._snapshot_cookie.set(self._snapshot(session_id, claims)))

    def logged_out(self, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
        """The snapshot goes too: only a copy is left."""
        return super().logged_out(self._snapshot_cookie.clear(), *more)

    def seeded(self, session_id: str, claims: Claims) -> dict[str, str]:
        """With a snapshot that is good as long as any other."""
        return self.cookie_header(session_id, (self._snapshot_cookie, self._snapshot(session_id, claims)))

    def _snapshot(self, session_id: str, claims: Claims, since: float | None = None) -> str:
        """`since`, in Unix seconds, is when the claims were known to be right; now unless given."""
        known = int(time.time() if since is None else since)
        until = min(known + self.settings.cookie_cache_s, claims.exp)
        return self._snapshots.sign(f"{until}:{claims.as_json()}".encode(), session_id.encode())

    def _remembered(self, request: Request, session_id: bytes) -> Claims | None:
        """The claims of a fresh snapshot of this session; None sends the request to the store."""
        values = self._snapshot_cookie.values(request)
        if len(values) != 1:
            return None
        try:
            until, _, claims = self._snapshots.content(values[0], session_id).partition(b":")
            return Claims.parse_json(claims) if int(until) > time.time() else None
        except ValueError:
            return None
