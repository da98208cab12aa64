"""The addresses of a host, and whether they are this machine's alone."""

import ipaddress
import socket

from authbench.contracts.failure import Failure


def is_loopback(host: str) -> bool:
    """Whether every address of the host is one of the loopback. Failure if it has none."""
    return all(address.is_loopback for address in addresses_of(host))


def addresses_of(host: str) -> set[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The host's addresses. Failure if it has none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # UnicodeError: a label of the name is empty or too long
        raise Failure(f"base_url: no address is known of {host}: correct its name") from None
    return {ipaddress.ip_address(each[4][0]) for each in found}
