"""A cookie that every site's requests carry."""

from servers.vulnerable.cookies.weak_cookies import TrustingSessions


class VulnerableCrossSiteCookie(TrustingSessions):
    """SameSite=None, and no check of where a request comes from. The attribute itself is A1."""

    name = "vulnerable-cross-site-cookie"
    falls_to = ("A1", "B1", "B3", "B4", "B5", "B6")
    attributes = "Path=/; HttpOnly; Secure; SameSite=None"
