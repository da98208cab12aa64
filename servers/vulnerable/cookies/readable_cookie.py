"""A cookie that script can read."""

from servers.vulnerable.cookies.weak_cookies import WeakCookieSessions


class VulnerableReadableCookie(WeakCookieSessions):
    """No HttpOnly. Falls to C1, and to C4 as every scheme does."""

    name = "vulnerable-readable-cookie"
    attributes = "Path=/; Secure; SameSite=Lax"
