"""Sessions in a cookie whose attributes are chosen badly; some trust whatever browsers send with it."""

from abc import abstractmethod
from typing import ClassVar

from starlette.requests import Request

from servers.credentials.cookies.cookies import HTTP_ONLY_PREFIX, Cookie
from servers.schemes.parts.carriers import CookieCarrier
from servers.schemes.parts.composed import Parts
from servers.schemes.parts.credentials import Stored
from servers.schemes.parts.recipes import redis_sessions
from servers.schemes.session_redis import RedisSessionScheme
from servers.stores.redis.sessions import RedisSessions
from servers.vulnerable.cookies.loose_reading import ReadsAnything
from servers.vulnerable.vulnerable import Vulnerable


class WeakCookie(Cookie):
    """A cookie of exactly this name, with exactly these attributes."""

    def __init__(self, name: str, attributes: str) -> None:
        super().__init__(name, secure=True)
        self.name = name
        self._name_bytes = name.encode()
        self._attributes = attributes


class WeakCookieSessions(Vulnerable, RedisSessionScheme):
    """The base of those whose cookie alone is weak: state changes are checked as they should be."""

    cookie_name = f"{HTTP_ONLY_PREFIX}sid"
    carried: ClassVar[type[CookieCarrier]] = CookieCarrier

    @property
    @abstractmethod
    def attributes(self) -> str:
        """Of the session's cookie, as Set-Cookie has them."""

    def compose(self) -> Parts:
        carrier = self.carried(self.settings)
        carrier._cookie = WeakCookie(self.cookie_name, self.attributes)
        sessions = redis_sessions(self.settings, RedisSessions)
        return Parts(
            credential=Stored(carrier, sessions, RedisSessions.asks, self.settings.session_absolute_s)
        )


class TrustingCarrier(CookieCarrier):
    """Believes every request with the cookie, wherever it comes from; only a login is checked."""

    def check_state_change(self, request: Request) -> None:
        """No check, but for a login: who logs a visitor in as somebody else needs no cookie (B7)."""
        if request.scope["path"].endswith("/login"):
            super().check_state_change(request)


class TrustingSessions(WeakCookieSessions):
    """The base of those that leave it to the cookie's attributes who may send it, and that read JSON whatever
    it is declared as: no page needs a preflight.

    A sibling is the same site, whatever SameSite says: all of them fall to B4 and B5.
    """

    layer = ReadsAnything
    carried = TrustingCarrier
