"""A cookie that every site's requests carry."""

from servers.vulnerable.cookies.weak_cookies import WeakCookieSessions


class VulnerableCrossSiteCookie(WeakCookieSessions):
    """SameSite=None, and no check of where a request comes from."""

    name = "vulnerable-cross-site-cookie"
    falls_to = ("B3", "B4", "B6")
    attributes = "Path=/; HttpOnly; Secure; SameSite=None"
