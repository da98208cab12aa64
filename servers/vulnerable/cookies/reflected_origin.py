"""Answers that every origin may read."""

from servers.vulnerable.cookies.loose_reading import ReflectsOrigin
from servers.vulnerable.cookies.weak_cookies import WeakCookieSessions


class VulnerableReflectedOrigin(WeakCookieSessions):
    """CORS with the origin of whoever asks, and credentials; SameSite=None lets them come."""

    name = "vulnerable-reflected-origin"
    falls_to = ("A1", "B8")
    attributes = "Path=/; HttpOnly; Secure; SameSite=None"
    layer = ReflectsOrigin
