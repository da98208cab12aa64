"""Redirect URIs: which ones a client may register, and which ones equal a registered one.

A code goes to whoever answers there. Allowed are https, http on this machine, and a native app's own scheme.
"""

import re
from urllib.parse import parse_qsl

from pydantic_core import Url

from servers.contract.settings import is_loopback

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?\[\]@!$&'()+,;=-]|%[0-9A-Fa-f]{2})+")
"""A scheme and the characters of RFC 3986, but for `#` and `*`."""
_HOST_ALONE = re.compile(r"https?://[^/?@]+(?:[/?].*)?", re.IGNORECASE)
"""A host, which is not empty (RFC 9110 section 4.2.1), and no user in front of it (section 4.2.4)."""
_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([1-9][0-9]{0,4}))?((?:[/?].*)?)")
_PORT_MAX = 65535
_OURS = frozenset({"code", "state", "iss", "error", "error_description", "error_uri"})
"""Parameters of an authorization response (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207)."""


def registrable(uri: str) -> str:
    """Return `uri` if it can be registered; else ValueError with what is wrong and what to write instead."""
    if "#" in uri:
        raise ValueError("has a fragment: leave out the # and what follows (RFC 6749 section 3.1.2)")
    if "*" in uri:
        raise ValueError(
            "has a *, which stands for nothing here: write out every address (RFC 9700 section 2.1)"
        )
    if _ABSOLUTE.fullmatch(uri) is None:
        raise ValueError("is no absolute URI: begin with https:// and percent-encode what RFC 3986 asks for")
    try:
        # Parsed as browsers do (WHATWG URL), or users could be sent elsewhere.
        url = Url(uri)
    except ValueError:
        raise ValueError("is an address no browser can go to: begin with https:// and a host") from None
    if url.port == 0:
        raise ValueError("has port 0, on which nobody listens: give another, or none")
    if not _OURS.isdisjoint(name for name, _ in parse_qsl(url.query or "", keep_blank_values=True)):
        raise ValueError(
            "has a parameter in its query that the answer adds: leave out code, state, iss and error "
            "(RFC 6749 section 3.1: none may come twice)"
        )
    if url.scheme in ("http", "https"):
        if _HOST_ALONE.fullmatch(uri) is None:
            raise ValueError("names a user, or no host: after https:// comes the host, without an @")
        if url.scheme == "http" and not is_loopback((url.host or "").strip("[]")):
            raise ValueError("sends codes in the clear: use https, or http on 127.0.0.1 or [::1]")
    elif "." not in url.scheme:
        # Among them javascript: and data:, which a browser would run.
        raise ValueError(
            "has a scheme that is no app's own: use https, or a domain name backwards such as "
            "com.example.app:/callback (RFC 8252 sections 7.1 and 8.4)"
        )
    return uri


def is_one_of(uri: str | None, registered: tuple[str, ...]) -> bool:
    """Whether `uri` is registered, letter by letter (RFC 9700 section 4.1.3).

    But for the port of http://127.0.0.1 and http://[::1]: a native app listens on any free one (RFC 8252
    section 7.3). Not of http://localhost, a name that may lead elsewhere (section 8.3).
    """
    if uri is None:
        return False
    moved = _any_port(uri)
    return uri in registered or (moved is not None and moved in map(_any_port, registered))


def _any_port(uri: str) -> tuple[str, str] | None:
    """What stands before and after the port of a loopback URI; None for any other."""
    found = _LOOPBACK.fullmatch(uri)
    if found is None or int(found[2] or 0) > _PORT_MAX:
        return None
    return found[1], found[3]
