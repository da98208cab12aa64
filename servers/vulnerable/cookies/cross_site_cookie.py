"""A cookie that every site's requests carry."""

from servers.vulnerable.cookies.weak_cookies import WeakCookieSessions


class VulnerableCrossSiteCookie(WeakCookieSessions):
    """SameSite=None, and no check of where a request comes from. Falls to B3, B4 and B6."""

    name = "vulnerable-cross-site-cookie"
    attributes = "Path=/; HttpOnly; Secure; SameSite=None"
