"""Values that only this server can have written: readable by whoever holds them, and not to be changed."""

import base64
import hmac
import re

_SHAPE = re.compile(rb"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})")


class SignedValues:
    """Content in base64url, a dot, and HMAC-SHA-256 over that text and what it is bound to.

    One key for one kind of value (`servers.keys.keys.derived_key`), so that none passes for another.
    """

    def __init__(self, key: bytes, *older: bytes) -> None:
        """`key` signs; what the older ones signed is still known."""
        self._key = key
        self._older = older

    def sign(self, content: bytes, bound_to: bytes = b"") -> str:
        """The signed value. It is no secret, and whoever copies it can present it."""
        text = _encode(content)
        return (text + b"." + _mac(self._key, text, bound_to)).decode()

    def content(self, value: bytes, bound_to: bytes = b"") -> bytes:
        """What was signed. ValueError unless it was signed here, bound to the same; any bytes may come."""
        parts = _SHAPE.fullmatch(value)
        if parts is None or not (
            hmac.compare_digest(parts[2], _mac(self._key, parts[1], bound_to))
            or any(hmac.compare_digest(parts[2], _mac(key, parts[1], bound_to)) for key in self._older)
        ):
            raise ValueError("not signed here")
        return base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4))


def _mac(key: bytes, text: bytes, bound_to: bytes) -> bytes:
    # The text has no dot, so no two pairs give the same message. Signing the text and not the content
    # leaves each value one spelling.
    return _encode(hmac.digest(key, text + b"." + bound_to, "sha256"))


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
