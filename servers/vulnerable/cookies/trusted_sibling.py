"""A cookie that trusts the whole site."""

from servers.vulnerable.cookies.weak_cookies import WeakCookieSessions


class VulnerableTrustedSibling(WeakCookieSessions):
    """SameSite=Strict and nothing else: a sibling host is the same site."""

    name = "vulnerable-trusted-sibling"
    falls_to = ("B5",)
    attributes = "Path=/; HttpOnly; Secure; SameSite=Strict"
