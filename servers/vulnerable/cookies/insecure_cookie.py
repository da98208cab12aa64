"""A cookie that travels in the clear."""

from servers.vulnerable.cookies.weak_cookies import WeakCookieSessions


class VulnerableInsecureCookie(WeakCookieSessions):
    """No Secure: a request without TLS carries it. Falls to A2."""

    name = "vulnerable-insecure-cookie"
    cookie_name = "sid"
    attributes = "Path=/; HttpOnly; SameSite=Lax"
