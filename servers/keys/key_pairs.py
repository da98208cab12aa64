"""Key pairs of asymmetric tokens: draw, read and write them, and publish their public halves."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography import __version__ as cryptography_version
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import get_default_algorithms

from authbench.contracts.failure import Failure

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

RSA_BITS = 2048
"""The least RFC 7518 section 3.3 allows for RS256."""
BACKEND = f"cryptography {cryptography_version}"


@dataclass(frozen=True)
class KeyKind:
    """The kind of key that one algorithm needs, and no other algorithm uses (RFC 8725 section 3.1)."""

    algorithm: str
    words: str
    draw: Callable[[], PrivateKey]
    fits: Callable[[PrivateKey], bool]


RS256 = KeyKind(
    "RS256",
    "an RSA key",
    lambda: rsa.generate_private_key(65537, RSA_BITS),
    lambda key: isinstance(key, rsa.RSAPrivateKey),
)
ES256 = KeyKind(
    "ES256",
    "a key on the curve P-256",
    lambda: ec.generate_private_key(ec.SECP256R1()),
    lambda key: isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1),
)
EDDSA = KeyKind(
    "EdDSA",
    "an Ed25519 key",
    ed25519.Ed25519PrivateKey.generate,
    lambda key: isinstance(key, ed25519.Ed25519PrivateKey),
)

KINDS = {kind.algorithm: kind for kind in (RS256, ES256, EDDSA)}
"""Algorithm -> kind of its key, for every asymmetric scheme."""


def parse_key_pair(content: bytes, path: str, kind: KeyKind) -> PrivateKey:
    """The key in the content of a PEM file. Failure in one line, which names the file."""
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, UnsupportedAlgorithm):
        raise Failure(f"{path}: not a private key in PEM format") from None
    except TypeError:
        raise Failure(f"{path}: the signing key is encrypted: give one without a passphrase") from None
    if not isinstance(key, PrivateKey) or not kind.fits(key):
        raise Failure(f"{path}: {kind.algorithm} needs {kind.words}, and this is another kind of key")
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < RSA_BITS:
        raise Failure(f"{path}: the signing key has {key.key_size} bits, RS256 needs {RSA_BITS} or more")
    return key


def pem(key: PrivateKey) -> bytes:
    """A private key as PKCS #8 (RFC 5958), not encrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def key_bits(key: PrivateKey) -> int:
    """The size of the key as its algorithm counts it."""
    return 256 if isinstance(key, ed25519.Ed25519PrivateKey) else key.key_size


def public_jwk(key: PrivateKey, algorithm: str) -> dict[str, Any]:
    """The public half (RFC 7517), named by its thumbprint (RFC 7638)."""
    full = get_default_algorithms()[algorithm].to_jwk(key.public_key(), as_dict=True)
    required: dict[str, Any] = {
        name: full[name] for name in ("crv", "e", "kty", "n", "x", "y") if name in full
    }
    # RFC 7638 section 3: the required members in lexical order, nothing else, no white space.
    canonical = json.dumps(required, separators=(",", ":"), sort_keys=True)
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode()
    return {**required, "kid": thumbprint, "alg": algorithm, "use": "sig"}
