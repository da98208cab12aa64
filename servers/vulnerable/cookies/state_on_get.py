"""A GET that changes something."""

from servers.vulnerable.cookies.loose_reading import OrdersOnGet
from servers.vulnerable.cookies.weak_cookies import TrustingCarrier, WeakCookieSessions


class VulnerableStateOnGet(WeakCookieSessions):
    """Its cookie is SameSite=Lax, which a link from anywhere carries."""

    name = "vulnerable-state-on-get"
    falls_to = ("B2",)
    attributes = "Path=/; HttpOnly; Secure; SameSite=Lax"
    layer = OrdersOnGet
    carried = TrustingCarrier
