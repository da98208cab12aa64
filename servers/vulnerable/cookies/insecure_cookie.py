"""A cookie that travels in the clear."""

from servers.vulnerable.cookies.weak_cookies import WeakCookieSessions


class VulnerableInsecureCookie(WeakCookieSessions):
    """No Secure, so no prefix either: a request without TLS carries it, and others can set it (B7, C6)."""

    name = "vulnerable-insecure-cookie"
    falls_to = ("A1", "A2", "B7", "C6")
    cookie_name = "sid"
    attributes = "Path=/; HttpOnly; SameSite=Lax"
