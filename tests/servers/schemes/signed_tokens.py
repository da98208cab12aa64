"""Every scheme of signed tokens, and beside each a signer that has its key and shares none of its code."""

import asyncio
import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from servers.contract.claims import Identity, new_claims
from servers.contract.settings import ServerSettings
from servers.keys.key_pairs import PrivateKey
from servers.keys.keys import derived_key
from servers.schemes.jwt_cached import CachedTokens
from servers.schemes.jwt_eddsa import EdDsaTokens
from servers.schemes.jwt_es256 import Es256Tokens
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.schemes.jwt_hs256_lean import LeanHs256Tokens
from servers.schemes.jwt_rs256 import Rs256Tokens
from servers.schemes.parts.composed import ComposedScheme
from tests.servers.key_directories import key_directory
from tests.servers.make_request import request
from tests.servers.schemes.in_process import signed_part

SYMMETRIC: list[type[ComposedScheme]] = [Hs256Tokens, LeanHs256Tokens]
ASYMMETRIC: list[type[ComposedScheme]] = [Rs256Tokens, Es256Tokens, EdDsaTokens, CachedTokens]
KEYS_SECRET = b"k" * 32
SECRET = derived_key(KEYS_SECRET, "access token")
"""What signs the tokens of a server with that secret."""

CLAIMS = new_claims("user-000001", "user audit", 86_400).as_dict()


def encode(part: Any) -> str:
    """Base64url without padding, of JSON unless it is bytes already."""
    raw = part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def jws(header: Any, claims: Any, signature: Callable[[bytes], bytes]) -> str:
    """A compact serialization (RFC 7515 section 7.1) of anything."""
    signed = f"{encode(header)}.{encode(claims)}"
    return f"{signed}.{encode(signature(signed.encode()))}"


def mac(key: bytes, digest: str = "sha256") -> Callable[[bytes], bytes]:
    return lambda signed: hmac.digest(key, signed, digest)


def signature_of(key: PrivateKey) -> Callable[[bytes], bytes]:
    """What the key's own algorithm makes of it (RFC 7518 sections 3.3 and 3.4, RFC 8037 section 3.1)."""
    if isinstance(key, rsa.RSAPrivateKey):
        return lambda signed: key.sign(signed, PKCS1v15(), hashes.SHA256())
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign

    def ecdsa(signed: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return ecdsa


@cache
def private_key(algorithm: str) -> PrivateKey:
    """The one key pair of an algorithm in all these tests."""
    drawn: dict[str, Callable[[], PrivateKey]] = {
        "RS256": lambda: rsa.generate_private_key(65537, 2048),
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
    }
    return drawn[algorithm]()


def algorithm_of(scheme: ComposedScheme) -> str:
    """What signs, by its name in a token's header."""
    return signed_part(scheme).signer.signs.removesuffix(" sign")


@dataclass
class Door:
    """A started scheme, and what it takes to knock at it."""

    scheme: ComposedScheme
    signature: Callable[[bytes], bytes]
    header: dict[str, Any] = field(init=False)
    """The least a token's header needs; our own tokens name their key as well."""

    def __post_init__(self) -> None:
        self.header = {"alg": algorithm_of(self.scheme), "typ": "at+jwt"}

    @property
    def key(self) -> PrivateKey:
        return private_key(algorithm_of(self.scheme))

    @property
    def lean(self) -> bool:
        """Nobody else signs with its key, so it takes no other header than its own."""
        return isinstance(self.scheme, LeanHs256Tokens)

    def sign(self, claims: Any, header: Any = None) -> str:
        return jws(self.header if header is None else header, claims, self.signature)

    def issue(self, lifetime_s: int = 600) -> str:
        """A token made by the scheme itself."""
        (credential,) = asyncio.run(self.scheme.seed([new_claims("user-000001", "user audit", lifetime_s)]))
        return credential.headers["Authorization"].removeprefix("Bearer ")

    def present(self, token: str) -> Identity:
        return asyncio.run(self.scheme.authenticate(request(("Authorization", f"Bearer {token}"))))


def door(kind: type[ComposedScheme], folder: Path) -> Door:
    """The scheme, with a key that is known here."""
    algorithm = algorithm_of(kind(ServerSettings(scheme=kind.name)))
    pair = {} if algorithm == "HS256" else {algorithm: private_key(algorithm)}
    keys = key_directory(folder, KEYS_SECRET, pair)
    scheme = kind(ServerSettings(scheme=kind.name, keys_directory=keys))
    asyncio.run(scheme.start())
    return Door(scheme, mac(SECRET) if algorithm == "HS256" else signature_of(private_key(algorithm)))
