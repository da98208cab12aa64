"""Normalise request URIs, so that two spellings of one URI are equal (RFC 3986 sections 6.2.2 and 6.2.3)."""

import re

from servers.parsing.origins import normal_origin

_URI = re.compile(
    r"(?P<origin>[^/?#]*//[^/?#]*)"
    r"(?P<path>(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]+|%[0-9A-Fa-f]{2})*)"
    r"(?:\?[!-\"$-~]*)?(?:#[!-~]*)?"
)
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
"""RFC 3986 section 2.3. Only these mean the same when they are percent-encoded."""


def normal_uri(uri: str) -> str:
    """The normal form of an http or https URI without query and fragment. ValueError for any other text.

    Scheme, host and port as in `normal_origin`. The path is encoded only where needed, with hexadecimal
    digits in upper case, and has no dot segments; an empty one is `/`.
    """
    parts = _URI.fullmatch(uri)
    if parts is None:
        raise ValueError("not an http URI")
    path = parts["path"]
    if "%" in path:
        path = _ENCODED.sub(_normal_encoding, path)
    if "/." in path:
        path = _without_dot_segments(path)
    return normal_origin(parts["origin"]) + (path or "/")


def _normal_encoding(encoded: re.Match[str]) -> str:
    character = chr(int(encoded[1], 16))
    return character if character in _UNRESERVED else encoded[0].upper()


def _without_dot_segments(path: str) -> str:
    """Remove dot segments (RFC 3986 section 5.2.4) from a path that begins with a slash."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
