"""A cookie that script can read."""

from servers.credentials.cookies.cookies import SECURE_PREFIX
from servers.vulnerable.cookies.weak_cookies import WeakCookieSessions


class VulnerableReadableCookie(WeakCookieSessions):
    """No HttpOnly: script reads the session's id, which is good elsewhere too (C3), and another one
    can be written (C6).
    """

    name = "vulnerable-readable-cookie"
    falls_to = ("A1", "C1", "C3", "C6")
    cookie_name = f"{SECURE_PREFIX}sid"
    attributes = "Path=/; Secure; SameSite=Lax"
