"""A cookie that others can set as well."""

from servers.vulnerable.cookies.weak_cookies import TrustingCarrier, WeakCookieSessions


class VulnerableUnprefixedCookie(WeakCookieSessions):
    """No prefix, and no CSRF token that is bound to it: a sibling, and script, can set it. The name is A1."""

    name = "vulnerable-unprefixed-cookie"
    falls_to = ("A1", "B7", "C6")
    cookie_name = "sid"
    carried = TrustingCarrier
    attributes = "Path=/; HttpOnly; Secure; SameSite=Lax"
