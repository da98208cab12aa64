"""A cookie that travels in the clear."""

from servers.vulnerable.cookies.weak_cookies import WeakCookieSessions


class VulnerableInsecureCookie(WeakCookieSessions):
    """No Secure, so no prefix either: a request without TLS carries it. What it lacks is A1."""

    name = "vulnerable-insecure-cookie"
    falls_to = ("A1", "A2")
    cookie_name = "sid"
    attributes = "Path=/; HttpOnly; SameSite=Lax"
