"""The address at which something listens for others is that of one interface."""

import ipaddress


def require_one_interface(address: ipaddress.IPv4Address | ipaddress.IPv6Address, others: str) -> None:
    """ValueError if the address means more than one interface. `others`: who is to connect, in words."""
    if address.is_unspecified or address.is_multicast:
        raise ValueError(
            f"{address} is every interface, and everybody could connect. Give the address of the one that "
            f"leads to {others}"
        )
