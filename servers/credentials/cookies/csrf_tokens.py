"""Signed double-submit tokens: the server knows its own again and stores none.

OWASP CSRF Prevention, "Signed Double-Submit Cookie". A token is bound to the session that presents it, so
one that an attacker was given for a session of their own, or before logging in, is worth nothing elsewhere.
"""

import base64
import hmac
import re
import secrets

_NONCE_BYTES = 16
_SHAPE = re.compile(rb"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})")
NO_SESSION = b""
"""What a token is bound to before there is a session: it is good for logging in, and for nothing else."""


class CsrfTokens:
    """Makes and recognises tokens: a nonce, a dot, HMAC-SHA-256 over nonce and session cookie, base64url."""

    def __init__(self, key: bytes, *older: bytes) -> None:
        """`key` makes tokens; those that were made with the older ones are still known."""
        self._keys = (key, *older)

    def new(self, session: bytes) -> str:
        """A token for whoever presents this session cookie."""
        nonce = secrets.token_urlsafe(_NONCE_BYTES).encode()
        return (nonce + b"." + _mac(self._keys[0], nonce, session)).decode()

    def belongs(self, token: bytes, session: bytes) -> bool:
        """Whether the token was made here for this session cookie. Any bytes may be asked about."""
        parts = _SHAPE.fullmatch(token)
        return parts is not None and any(
            hmac.compare_digest(parts[2], _mac(key, parts[1], session)) for key in self._keys
        )


def _mac(key: bytes, nonce: bytes, session: bytes) -> bytes:
    # The nonce has one length, so no two pairs give the same message; and of the session's value only a
    # keyed hash gets into a cookie that scripts can read.
    digest = hmac.digest(key, nonce + b"." + session, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=")
