"""Refresh tokens: `family.secret`. The family names a login, the secret proves its latest token.

A secret ends with a tag that only our key makes. The store keeps the hashes of a login's last two secrets; by
the tag an older one is told from one that somebody made up. It matters because the use of an old token ends
the login (RFC 9700 section 4.14.2), and the name of a login is no secret: made up, it must end nothing.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

FAMILY_BYTES = 16
"""128 bits, so that no family is hit by chance."""
DRAWN_BYTES = 24
"""Of a secret: 192 bits (RFC 6749 section 10.10 asks for 160). A fast hash is enough to store it."""
_TAG_BYTES = 8
"""64 bits: whoever guesses one, over the network, ends a login and gets nothing."""

_SHAPE = re.compile(r"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A well-formed refresh token; whether it is any good, the store knows."""

    family: str
    secret: str

    @classmethod
    def parse(cls, text: str) -> "RefreshToken | None":
        """The token spelled so, if it is one."""
        found = _SHAPE.fullmatch(text)
        return cls(found[1], found[2]) if found else None

    @property
    def secret_hash(self) -> bytes:
        """What is stored: SHA-256 of the secret as it is spelled."""
        return hashlib.sha256(self.secret.encode()).digest()

    def __str__(self) -> str:
        return f"{self.family}.{self.secret}"


class RefreshTokens:
    """Makes refresh tokens and knows its own again, those of other processes with the same keys too.

    When a key is gone, the latest tokens it tagged are good all the same: the store knows their hashes.
    """

    def __init__(self, key: bytes, *older: bytes) -> None:
        """`key` tags; tokens that were tagged with the older ones are still known."""
        self._keys = (key, *older)

    def first(self) -> RefreshToken:
        """The first of a new family."""
        return self.next(secrets.token_urlsafe(FAMILY_BYTES))

    def next(self, family: str, drawn: bytes = b"", place: int = 0) -> RefreshToken:
        """One more of a family, from `DRAWN_BYTES` of bytes that nobody can guess; random unless given.

        `place` is that of the key that tags it: 0, but for a token that was made with an older one.
        """
        text = _base64url(drawn or secrets.token_bytes(DRAWN_BYTES))
        return RefreshToken(family, text + _tag(self._keys[place], family, text))

    def made_here(self, token: RefreshToken) -> bool:
        """Whether it was made with one of these keys, however long ago."""
        tag_length = len(_base64url(bytes(_TAG_BYTES)))
        text, tag = token.secret[:-tag_length], token.secret[-tag_length:]
        return any(hmac.compare_digest(tag, _tag(key, token.family, text)) for key in self._keys)


def _tag(key: bytes, family: str, text: str) -> str:
    return _base64url(hmac.digest(key, f"{family}.{text}".encode(), "sha256")[:_TAG_BYTES])


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
