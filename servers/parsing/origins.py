"""Normalise web origins, so that two spellings of one origin are equal (RFC 6454)."""

import ipaddress
import re
from functools import lru_cache

import idna
from pydantic_core import Url

DEFAULT_PORTS = {"http": 80, "https": 443}
_ORIGIN = re.compile(
    r"(https?)://(\[[0-9a-f:.]+\]|[^\s/?#@\\:%\[\]]+)(?::([0-9]{0,5}))?", re.IGNORECASE | re.ASCII
)
"""Scheme, host and port only: no user, no path, no query."""
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
"""RFC 1123 section 2.1, and `_`, which browsers resolve. For them a dot at the end makes another name."""
_NAME_MAX_LENGTH = 253
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last label that makes the host an IPv4 address (WHATWG URL, "ends in a number checker")."""


@lru_cache(maxsize=64)  # bounded, because clients choose what they send
def normal_origin(text: str) -> str:
    """The http or https origin as browsers write it in the Origin header. ValueError for any other text.

    Lower case, names in Punycode, IPv6 in its shortest form, no default port (RFC 6454 section 6.2; WHATWG
    URL, host serializing). IPv4 must be four decimal numbers: browsers send no other.
    """
    parts = _ORIGIN.fullmatch(text)
    if parts is None:
        raise ValueError("it must consist of scheme, host and port only")
    scheme, host = parts[1].lower(), _host(parts[2])
    port = int(parts[3] or DEFAULT_PORTS[scheme])
    if not 0 < port <= 65535:
        raise ValueError("its port is not between 1 and 65535")
    return f"{scheme}://{host}" + ("" if port == DEFAULT_PORTS[scheme] else f":{port}")


def _host(text: str) -> str:
    try:
        if text.startswith("["):
            return f"[{_ipv6(text[1:-1])}]"
        # As browsers do: UTS #46 and IDNA 2008. The standard library has only IDNA 2003.
        name = text.lower() if text.isascii() else idna.encode(text, uts46=True).decode("ascii")
        if "xn--" in name:
            # Refuses Punycode that stands for no name, as browsers do (WHATWG URL, "domain to ASCII").
            Url(f"http://{name}")
        if _NUMBER.fullmatch(name.removesuffix(".").rpartition(".")[2]):
            # A dot at the end is no part of an address.
            return str(ipaddress.IPv4Address(name.removesuffix(".")))
    except ValueError:
        raise ValueError("its host is neither a name nor an IP address") from None
    if len(name.removesuffix(".")) > _NAME_MAX_LENGTH or _NAME.fullmatch(name) is None:
        raise ValueError("its host is neither a name nor an IP address")
    return name


def _ipv6(text: str) -> str:
    address = ipaddress.IPv6Address(text)
    if address.ipv4_mapped is not None:
        # Python 3.13 and later write it with dots, browsers do not.
        number = int(address.ipv4_mapped)
        return f"::ffff:{number >> 16:x}:{number & 0xFFFF:x}"
    return address.compressed
