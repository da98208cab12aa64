"""What each operation is on the wire: the identical endpoints every scheme serves."""

from dataclasses import dataclass

from authbench.contracts.card import Operation


@dataclass(frozen=True)
class Endpoint:
    """One request's method and path, and the status of its acceptance."""

    method: str
    path: str
    status: int
    uses_up_credential: bool = False
    """Its credential cannot be presented again: each request needs one of its own."""


ENDPOINTS: dict[Operation, Endpoint] = {
    Operation.PUBLIC: Endpoint("GET", "/public", 200),
    Operation.READ: Endpoint("GET", "/me", 200),
    Operation.LOGIN: Endpoint("POST", "/login", 200),
    Operation.LOGOUT: Endpoint("POST", "/logout", 204, uses_up_credential=True),
    Operation.REFRESH: Endpoint("POST", "/refresh", 200, uses_up_credential=True),
    Operation.LIST_ORDERS: Endpoint("GET", "/orders", 200),
    Operation.ADD_ORDER: Endpoint("POST", "/orders", 201),
    Operation.ADMIN_REPORT: Endpoint("GET", "/admin/report", 200),
    Operation.LOGOUT_EVERYWHERE: Endpoint("POST", "/logout-everywhere", 204, uses_up_credential=True),
}
