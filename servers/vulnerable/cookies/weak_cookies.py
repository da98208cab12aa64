"""Sessions in a cookie whose attributes are chosen badly, and that trust what browsers send with it."""

from abc import abstractmethod

from starlette.requests import Request

from servers.credentials.cookies.cookies import Cookie
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


class TrustingCarrier(CookieCarrier):
    """Believes every request with the cookie, wherever it comes from; of two cookies it takes the last."""

    def present(self, request: Request) -> str:
        values = self._cookie.values(request)
        if not values:
            raise self.needed()
        return values[-1].decode("latin-1")

    def check_state_change(self, request: Request) -> None:
        """No check at all."""

    def _one_or_none(self, request: Request) -> bytes | None:
        values = self._cookie.values(request)
        return values[-1] if values else None


class WeakCookieSessions(Vulnerable, RedisSessionScheme):
    """The base of those that differ in the cookie alone. It reads JSON whatever it is declared as."""

    cookie_name = "__Host-sid"
    layer = ReadsAnything

    @property
    @abstractmethod
    def attributes(self) -> str:
        """Of the session's cookie, as Set-Cookie has them."""

    def compose(self) -> Parts:
        carrier = TrustingCarrier(self.settings)
        carrier._cookie = WeakCookie(self.cookie_name, self.attributes)
        sessions = redis_sessions(self.settings, RedisSessions)
        return Parts(
            credential=Stored(carrier, sessions, RedisSessions.asks, self.settings.session_absolute_s)
        )
