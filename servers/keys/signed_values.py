"""Values that only this server can make: signed, not encrypted."""

import base64
import hmac
import re

_SHAPE = re.compile(rb"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})")


class SignedValues:
    """Content in base64url, a dot, and HMAC-SHA-256 over that text and what it is bound to.

    The first key signs; values signed with older keys are still accepted. Each kind of value has keys of its
    own (`servers.keys.keys.derived_key`), so that none passes for another.
    """

    def __init__(self, key: bytes, *older: bytes) -> None:
        self._keys = (key, *older)

    def sign(self, content: bytes, bound_to: bytes = b"") -> str:
        """Sign the content. The value is no secret, and whoever copies it can present it."""
        text = _encode(content)
        return (text + b"." + _mac(self._keys[0], text, bound_to)).decode()

    def content(self, value: bytes, bound_to: bytes = b"") -> bytes:
        """The content of a value. ValueError for any bytes that were not signed here with `bound_to`."""
        parts = _SHAPE.fullmatch(value)
        if parts is None or not any(
            hmac.compare_digest(parts[2], _mac(key, parts[1], bound_to)) for key in self._keys
        ):
            raise ValueError("not signed here")
        return base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4))


def _mac(key: bytes, text: bytes, bound_to: bytes) -> bytes:
    # The text has no dot, so no two pairs give the same message. The text is signed, not the content, so that
    # each value has one spelling.
    return _encode(hmac.digest(key, text + b"." + bound_to, "sha256"))


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
