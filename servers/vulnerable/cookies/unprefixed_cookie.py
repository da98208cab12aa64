"""A cookie that others can set as well."""

from servers.vulnerable.cookies.weak_cookies import WeakCookieSessions


class VulnerableUnprefixedCookie(WeakCookieSessions):
    """No prefix: a sibling, and script, can set it."""

    name = "vulnerable-unprefixed-cookie"
    falls_to = ("A1", "B7", "C6")
    cookie_name = "sid"
    attributes = "Path=/; HttpOnly; Secure; SameSite=Lax"
