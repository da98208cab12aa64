"""A cookie that says nothing of sites."""

from servers.vulnerable.cookies.weak_cookies import TrustingSessions


class VulnerableDefaultSameSite(TrustingSessions):
    """No SameSite: for two minutes browsers send it with forms of other sites. The
    attribute itself is A1, what a sibling can do B4 and B5.
    """

    name = "vulnerable-default-same-site"
    falls_to = ("A1", "B1", "B4", "B5")
    attributes = "Path=/; HttpOnly; Secure"
