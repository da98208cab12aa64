"""The issuer's own keys, which the harness lent to the server: to sign what the issuer never meant for it.

An attacker does not have them. They stand for an issuer that also signs other things with the same key:
tokens for another audience, of another type, or that are over. Public halves are known to everybody.
"""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from loadtests.attacks.laboratory.jws import Members, decoded, encoded, signing_input

PURPOSES = ("access token", "token in a cookie", "bound access token")
"""Of the keys that sign tokens with HMAC."""
_P256_BYTES = 32


@dataclass(frozen=True)
class Issuer:
    """Signs as the server does. `public` is None where a secret signs."""

    sign: Callable[[bytes], bytes]
    public: Any = None

    def token(self, header: Members, claims: Members | bytes) -> str:
        """A token with the issuer's genuine signature over whatever this is."""
        text = signing_input(header, claims)
        return f"{text}.{encoded(self.sign(text.encode()))}"

    def public_key_texts(self) -> dict[str, bytes]:
        """Every form in which a careless verifier may hold the public key."""
        key = self.public
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        found = {
            "PEM": pem,
            "PEM without its last line end": pem.rstrip(b"\n"),
            "DER": key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        }
        if isinstance(key, rsa.RSAPublicKey):
            found["PKCS #1 PEM"] = key.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
            numbers = key.public_numbers()
            jwk = {"e": _number(numbers.e), "kty": "RSA", "n": _number(numbers.n)}
        elif isinstance(key, ec.EllipticCurvePublicKey):
            point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            found["the point"] = point
            x, y = encoded(point[1:33]), encoded(point[33:])
            jwk = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
        else:
            raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
            found["the raw key"] = raw
            jwk = {"crv": "Ed25519", "kty": "OKP", "x": encoded(raw)}
        found["JWK"] = json.dumps(jwk, separators=(",", ":")).encode()
        return found


def issuer_of(keys_directory: Path, token: str) -> Issuer | None:
    """The issuer that signed this token; None if none of these keys did."""
    text, _, signature = token.rpartition(".")
    header = json.loads(decoded(text.partition(".")[0]))
    algorithm = header.get("alg")
    for path in sorted(keys_directory.glob(f"{algorithm}-*.pem")):
        key = load_pem_private_key(path.read_bytes(), None)
        return Issuer(_signer(key), key.public_key())
    for path in sorted(keys_directory.glob("secret-*")):
        for purpose in PURPOSES:
            info = f"authbench {purpose}".encode()
            secret = HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(path.read_bytes())
            if hmac.compare_digest(encoded(hmac.digest(secret, text.encode(), "sha256")), signature):
                return Issuer(_with_secret(secret))
    return None


def _with_secret(key: bytes) -> Callable[[bytes], bytes]:
    return lambda text: hmac.digest(key, text, "sha256")


def _signer(key: Any) -> Callable[[bytes], bytes]:
    """RFC 7518 sections 3.3 and 3.4, RFC 8037 section 3.1."""
    if isinstance(key, rsa.RSAPrivateKey):
        return lambda text: key.sign(text, PKCS1v15(), hashes.SHA256())
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - the directory has no others

    def sign(text: bytes) -> bytes:
        pair = decode_dss_signature(key.sign(text, ec.ECDSA(hashes.SHA256())))
        return b"".join(number.to_bytes(_P256_BYTES, "big") for number in pair)

    return sign


def _number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))
