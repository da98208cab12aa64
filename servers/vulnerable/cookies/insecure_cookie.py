"""A cookie that travels in the clear."""

from servers.vulnerable.cookies.weak_cookies import WeakCookieSessions


class VulnerableInsecureCookie(WeakCookieSessions):
    """No Secure: a request without TLS carries it."""

    name = "vulnerable-insecure-cookie"
    falls_to = ("A2",)
    cookie_name = "sid"
    attributes = "Path=/; HttpOnly; SameSite=Lax"
