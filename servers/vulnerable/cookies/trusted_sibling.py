"""A cookie that trusts the whole site."""

from servers.vulnerable.cookies.weak_cookies import TrustingSessions


class VulnerableTrustedSibling(TrustingSessions):
    """SameSite=Strict and nothing else: a sibling host is the same site. Its JSON is read as well (B4)."""

    name = "vulnerable-trusted-sibling"
    falls_to = ("B4", "B5")
    attributes = "Path=/; HttpOnly; Secure; SameSite=Strict"
