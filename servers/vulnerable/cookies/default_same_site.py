"""A cookie that says nothing of sites."""

from servers.vulnerable.cookies.weak_cookies import WeakCookieSessions


class VulnerableDefaultSameSite(WeakCookieSessions):
    """No SameSite: for two minutes browsers send it with forms of other sites."""

    name = "vulnerable-default-same-site"
    falls_to = ("B1",)
    attributes = "Path=/; HttpOnly; Secure"
