"""A cookie that script can read."""

from servers.vulnerable.cookies.weak_cookies import WeakCookieSessions


class VulnerableReadableCookie(WeakCookieSessions):
    """No HttpOnly: script reads the session's id."""

    name = "vulnerable-readable-cookie"
    falls_to = ("C1",)
    attributes = "Path=/; Secure; SameSite=Lax"
