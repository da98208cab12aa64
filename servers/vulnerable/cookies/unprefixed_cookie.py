"""A cookie that others can set as well."""

from starlette.requests import Request

from servers.vulnerable.cookies.weak_cookies import TrustingCarrier, WeakCookieSessions


class _LastWins(TrustingCarrier):
    """Takes the last of several cookies, as most frameworks take one of them."""

    def present(self, request: Request) -> str:
        last = self._one_or_none(request)
        if last is None:
            raise self.needed()
        return last.decode("latin-1")

    def _one_or_none(self, request: Request) -> bytes | None:
        values = self._cookie.values(request)
        return values[-1] if values else None


class VulnerableUnprefixedCookie(WeakCookieSessions):
    """No prefix, and the last of two wins, with no CSRF token bound to it: a sibling, and script, can set it.

    The name itself is A1.
    """

    name = "vulnerable-unprefixed-cookie"
    falls_to = ("A1", "B7", "C6")
    cookie_name = "sid"
    carried = _LastWins
    attributes = "Path=/; HttpOnly; Secure; SameSite=Lax"
