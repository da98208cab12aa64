"""A cookie that others can set as well."""

from servers.vulnerable.cookies.weak_cookies import WeakCookieSessions


class VulnerableUnprefixedCookie(WeakCookieSessions):
    """No prefix, the last of two wins, and a login from anywhere is taken. Falls to B7 and C6."""

    name = "vulnerable-unprefixed-cookie"
    cookie_name = "sid"
    attributes = "Path=/; HttpOnly; Secure; SameSite=Lax"
