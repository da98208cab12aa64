"""A cookie that others can set as well."""

from servers.vulnerable.cookies.weak_cookies import WeakCookieSessions


class VulnerableUnprefixedCookie(WeakCookieSessions):
    """No prefix, the last of two wins, and a login from anywhere is taken."""

    name = "vulnerable-unprefixed-cookie"
    falls_to = ("B7", "C6")
    cookie_name = "sid"
    attributes = "Path=/; HttpOnly; Secure; SameSite=Lax"
