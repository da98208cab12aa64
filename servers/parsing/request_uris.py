"""URIs of requests, compared as RFC 3986 says two spellings are one: section 6.2.2 and 6.2.3."""

import re

from servers.parsing.origins import normal_origin

_URI = re.compile(
    r"(?P<origin>[^/?#]*//[^/?#]*)"
    r"(?P<path>(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]+|%[0-9A-Fa-f]{2})*)"
    r"(?:\?[!-\"$-~]*)?(?:#[!-~]*)?"
)
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
"""RFC 3986 section 2.3. Encoded they mean the same; any other character may mean something else."""


def normal_uri(uri: str) -> str:
    """An http or https URI without query and fragment, in its normal form. ValueError for what is none.

    Scheme, host and port as in `normal_origin`; in the path, what need not be encoded is not, the rest with
    hexadecimal digits in upper case; without dot segments; `/` if it is empty.
    """
    parts = _URI.fullmatch(uri)
    if parts is None:
        raise ValueError("no http URI")
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
    """RFC 3986 section 5.2.4, for a path that begins with a slash."""
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
