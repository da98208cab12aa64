"""HS256 with the standard library alone: how much of a token's cost is the library.

The tokens are the same, byte for byte, as PyJWT's. Verifying is stricter: the header must be the one written
here, so nothing in it is ever interpreted.
"""

import binascii
import hmac
import json
import time
from base64 import urlsafe_b64encode

from servers.contract.claims import AUDIENCE, ISSUER, Claims
from servers.credentials.tokens.codec import TYPE
from servers.parsing.strict_json import json_object


def _base64url(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


_HEADER = _base64url(json.dumps({"alg": "HS256", "typ": TYPE}, separators=(",", ":")).encode())
_START = _HEADER.decode() + "."
_TO_STANDARD = str.maketrans("-_", "+/")


class LeanHs256Codec:
    """A `TokenCodec` of HMAC-SHA-256, base64 and JSON."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.crypto: dict[str, str | int] = {
            "algorithm": "HS256",
            "key_bits": len(key) * 8,
            "library": "none",
            "backend": "hmac (standard library)",
        }

    def encode(self, claims: Claims) -> str:
        signed = _HEADER + b"." + _base64url(claims.as_json().encode())
        return (signed + b"." + self._signature(signed)).decode()

    def decode(self, token: str) -> Claims:
        """The verified claims. The signature is compared as text: of its spellings only ours is equal."""
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(signed.encode("ascii")), signature.encode("ascii")):
            raise ValueError("not signed by us")
        if not signed.startswith(_START):
            raise ValueError("another header")
        payload = signed[len(_START) :].translate(_TO_STANDARD)
        content = json_object(binascii.a2b_base64(payload + "=" * (-len(payload) % 4), strict_mode=True))
        claims = Claims.parse(content)
        now = time.time()
        if claims.iss != ISSUER or claims.aud != AUDIENCE or claims.exp <= now or claims.iat > now:
            raise ValueError("not for us, or not now")
        not_before = content.get("nbf", 0)
        if type(not_before) is not int or not_before > now:
            raise ValueError("not yet")
        return claims

    def _signature(self, signed: bytes) -> bytes:
        return _base64url(hmac.digest(self._key, signed, "sha256"))
