"""Refresh tokens: `family.secret`. The family names a login, the secret proves its latest token."""

import hashlib
import re
import secrets
from dataclasses import dataclass

FAMILY_BYTES = 16
"""128 bits, so that no family is hit by chance."""
SECRET_BYTES = 32
"""256 bits. A fast hash is enough to store it: there is nothing to guess."""

_SHAPE = re.compile(r"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A well-formed refresh token; whether it is any good, the store knows."""

    family: str
    secret: str

    @classmethod
    def new(cls) -> "RefreshToken":
        """The first of a new family."""
        return cls(secrets.token_urlsafe(FAMILY_BYTES), secrets.token_urlsafe(SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> "RefreshToken | None":
        """The token spelled so, if it is one."""
        found = _SHAPE.fullmatch(text)
        return cls(found[1], found[2]) if found else None

    def successor(self) -> "RefreshToken":
        """The next of the same family."""
        return RefreshToken(self.family, secrets.token_urlsafe(SECRET_BYTES))

    @property
    def secret_hash(self) -> bytes:
        """What is stored: SHA-256 of the secret as it is spelled."""
        return hashlib.sha256(self.secret.encode()).digest()

    def __str__(self) -> str:
        return f"{self.family}.{self.secret}"
