"""Cookies that are set without care."""

from collections.abc import Callable

from authbench.contracts.card import ClientDuty
from servers.contract.claims import Claims
from servers.contract.settings import ServerSettings
from servers.credentials.cookies.cookies import Cookie
from servers.schemes.parts.carriers import CookieCarrier
from servers.schemes.parts.composed import Parts
from servers.schemes.parts.credentials import Signed, Stored
from servers.schemes.parts.recipes import redis_sessions
from servers.schemes.parts.signers import SharedSecret, SignedJson
from servers.schemes.session_redis import RedisSessionScheme
from servers.schemes.session_signed_cookie import SignedCookieSessionScheme
from servers.stores.redis.sessions import RedisSessions
from servers.vulnerable.vulnerable import Vulnerable


class _BareCookie(Cookie):
    """No prefix and no attribute but the path, and a name that tells the framework."""

    def __init__(self) -> None:
        super().__init__("sid", secure=False)
        self.name = "connect.sid"
        self._name_bytes = self.name.encode()
        self._attributes = "Path=/"


class _BareCarrier(CookieCarrier):
    duty = ClientDuty.CSRF_TOKEN

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._cookie = _BareCookie()


class VulnerableCookieFlags(Vulnerable, RedisSessionScheme):
    """A session cookie as several libraries set it over plain HTTP."""

    name = "vulnerable-cookie-flags"
    falls_to = ("A1",)

    def compose(self) -> Parts:
        settings = self.settings
        return Parts(
            credential=Stored(
                _BareCarrier(settings),
                redis_sessions(settings, RedisSessions),
                RedisSessions.asks,
                settings.session_absolute_s,
            )
        )


class _Boundless(CookieCarrier):
    def fits(self, text: str) -> bool:
        del text
        return True

    def refuse_large_settings(self, encode: Callable[[Claims], str]) -> None:
        """Refuse nothing."""


class VulnerableOversizedCookie(Vulnerable, SignedCookieSessionScheme):
    """Puts whatever there is into a cookie, without a look at its size."""

    name = "vulnerable-oversized-cookie"
    falls_to = ("A4",)

    def compose(self) -> Parts:
        settings = self.settings
        secret = SharedSecret("signed cookie", SignedJson, "HMAC-SHA-256", "HMAC-SHA-256")
        return Parts(credential=Signed(settings, _Boundless(settings), secret, settings.session_absolute_s))
