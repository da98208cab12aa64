"""Parts that go together in many schemes: sessions in a cookie, opaque tokens, signed tokens."""

from collections.abc import Callable
from typing import Literal

from authbench.contracts.card import PROTECTED, Operation, RefreshPolicy
from servers.contract.settings import ServerSettings
from servers.schemes.parts.carriers import BearerCarrier, CookieCarrier
from servers.schemes.parts.composed import Parts
from servers.schemes.parts.credentials import Signed, Stored
from servers.schemes.parts.part import redis_of
from servers.schemes.parts.renewal import FamilyRenewal
from servers.schemes.parts.revocation import Revocation
from servers.schemes.parts.signers import SharedSecret, Signer
from servers.schemes.parts.written_sessions import WrittenSession
from servers.stores.redis.sessions import RedisSessions
from servers.stores.redis.written_sessions import WrittenSessions
from servers.stores.sessions import Asks, SessionStore


def session(
    settings: ServerSettings,
    open_store: Callable[[], SessionStore],
    asks: Asks,
    *,
    kind: Literal["memory", "redis", "sql"] = "redis",
    window_s: float = 0,
) -> Parts:
    """A session id in a cookie, the session in any store."""
    cookie = CookieCarrier(settings)
    lifetime_s = settings.session_absolute_s
    return Parts(credential=Stored(cookie, open_store, asks, lifetime_s, kind=kind, window_s=window_s))


def redis_session(settings: ServerSettings, sessions: type[RedisSessions]) -> Parts:
    """A session id in a cookie, the session in Redis, with an idle timeout."""
    return session(settings, redis_sessions(settings, sessions), sessions.asks)


def redis_sessions(
    settings: ServerSettings, sessions: type[RedisSessions], lifetime_s: int | None = None
) -> Callable[[], RedisSessions]:
    """Opens such a store. A session is gone `lifetime_s` after its last use: the idle timeout, if None."""

    def open_store() -> RedisSessions:
        lives_s = settings.session_idle_s if lifetime_s is None else lifetime_s
        return sessions(
            redis_of(settings), settings.redis_key_prefix, lives_s, settings.store_connections_warm
        )

    return open_store


def written_session(
    settings: ServerSettings, sessions: type[WrittenSessions], revived: bool = False
) -> Parts:
    """A session in Redis that is written to by every request. `revived`: also if it was ended meanwhile."""
    credential = WrittenSession(
        CookieCarrier(settings),
        redis_sessions(settings, sessions),
        sessions.asks,
        settings.session_absolute_s,
        window_s=settings.session_absolute_s if revived else 0,
        revived_by_requests_in_flight=revived,
    )
    return Parts(credential=credential)


def opaque_token(
    settings: ServerSettings, open_store: Callable[[], SessionStore], asks: Asks, window_s: float = 0
) -> Parts:
    """An opaque bearer token in the Authorization header, its record in Redis, one fixed lifetime."""
    return Parts(
        credential=Stored(BearerCarrier(), open_store, asks, settings.opaque_lifetime_s, window_s=window_s)
    )


def signed_cookie(settings: ServerSettings, secret: SharedSecret, lifetime_s: int) -> Parts:
    """Claims in a signed cookie. Logout removes it from the browser; a copy is good until it expires."""
    return Parts(credential=Signed(settings, CookieCarrier(settings), secret, lifetime_s))


def signed_token(
    settings: ServerSettings,
    signer: Signer,
    *,
    policy: RefreshPolicy = RefreshPolicy.STRICT,
    revocation: Revocation | None = None,
    renewed: bool = True,
) -> Parts:
    """A self-contained access token (RFC 9068) in the Authorization header, checked without a store.

    With a Redis every login is a family of refresh tokens, unless it is not to be `renewed`: logout ends the
    family. Without one a login lasts as long as its token.
    """
    revocation = revocation or Revocation()
    renewed = renewed and settings.redis_url is not None
    credential = Signed(
        settings, BearerCarrier("JWT"), signer, settings.token_lifetime_s, checked_where(renewed), revocation
    )
    renewal = FamilyRenewal(settings, policy, revocation) if renewed else None
    return Parts(credential=credential, renewal=renewal, revocation=revocation)


def checked_where(renewed: bool) -> tuple[Operation, ...]:
    """What verifies an access token. A logout presents its refresh token where there is one."""
    return (*PROTECTED, Operation.LOGOUT_EVERYWHERE, *(() if renewed else (Operation.LOGOUT,)))
