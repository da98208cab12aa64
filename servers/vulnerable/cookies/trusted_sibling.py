"""A cookie that trusts the whole site."""

from servers.vulnerable.cookies.weak_cookies import WeakCookieSessions


class VulnerableTrustedSibling(WeakCookieSessions):
    """SameSite=Strict and nothing else: a sibling host is the same site. Falls to B5."""

    name = "vulnerable-trusted-sibling"
    attributes = "Path=/; HttpOnly; Secure; SameSite=Strict"
