"""DPoP proofs (RFC 9449 section 4.2) as a client makes them: one key, a new proof for every request."""

import base64
import hashlib
import json
import secrets
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm


class ProofKey:
    """A client's own P-256 key."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        public = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        self._jwk = {name: public[name] for name in ("crv", "kty", "x", "y")}
        # RFC 7638 section 3: the required members in lexical order, nothing else, no white space.
        canonical = json.dumps(self._jwk, separators=(",", ":"), sort_keys=True)
        self.thumbprint = _base64url(hashlib.sha256(canonical.encode()).digest())

    @property
    def private_jwk(self) -> dict[str, str]:
        """The whole key, as an attacker's script would import it."""
        return {name: str(value) for name, value in ECAlgorithm.to_jwk(self._key, as_dict=True).items()}

    def sign(self, method: str, uri: str, token: str | None = None, *, issued_at: int | None = None) -> str:
        """Sign a proof for one request, with the hash of the access token that is sent with it, if any."""
        claims: dict[str, str | int] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": uri,
            "iat": int(time.time()) if issued_at is None else issued_at,
        }
        if token is not None:
            claims["ath"] = _base64url(hashlib.sha256(token.encode()).digest())
        return jwt.encode(claims, self._key, "ES256", {"typ": "dpop+jwt", "jwk": self._jwk})


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
