"""PKCE (RFC 7636) with S256 only (RFC 9700 section 2.1.1): only who asked for a code can exchange it."""

import base64
import hashlib
import hmac
import re

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def is_challenge(text: str | None) -> bool:
    """Whether the text has the form of a challenge."""
    return text is not None and _CHALLENGE.fullmatch(text) is not None


def proves(verifier: str | None, challenge: str) -> bool:
    """Whether the challenge was made from this verifier (section 4.6)."""
    if verifier is None or _VERIFIER.fullmatch(verifier) is None:
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=")
    return hmac.compare_digest(digest, challenge.encode("ascii"))
