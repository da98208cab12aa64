"""Keys from files: the right kind or one clear line."""

from collections.abc import Callable
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from authbench.contracts.failure import Failure
from servers.keys.key_pairs import EDDSA, ES256, RS256, KeyKind, PrivateKey, key_bits, parse_key_pair

KINDS = [RS256, ES256, EDDSA]
FITTING = {"RS256": "RSA", "ES256": "P-256", "EdDSA": "Ed25519"}

DRAWN: dict[str, Callable[[], PrivateKeyTypes]] = {
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
    "Ed448": ed448.Ed448PrivateKey.generate,
    "X25519": x25519.X25519PrivateKey.generate,
}


@cache
def drawn(name: str) -> PrivateKeyTypes:
    return DRAWN[name]()


def pem(key: PrivateKeyTypes, protection: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection or NoEncryption())


def read(content: bytes, kind: KeyKind) -> PrivateKey:
    return parse_key_pair(content, "keys/one.pem", kind)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.algorithm)
def test_one_kind_of_key_for_one_algorithm(kind: KeyKind) -> None:
    """RFC 8725 section 3.1: an algorithm is never chosen by what key happens to be there."""
    for name in DRAWN:
        key = drawn(name)
        if FITTING[kind.algorithm] == name:
            assert pem(read(pem(key), kind)) == pem(key)
        else:
            with pytest.raises(Failure, match=f"{kind.algorithm} needs {kind.words}, and this is another"):
                read(pem(key), kind)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.algorithm)
def test_a_fresh_key_each_time(kind: KeyKind) -> None:
    one, other = kind.draw(), kind.draw()
    assert pem(one) != pem(other)
    assert key_bits(one) == (2048 if kind is RS256 else 256)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.algorithm)
def test_what_is_no_key(kind: KeyKind) -> None:
    key = drawn(FITTING[kind.algorithm])
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    for content in (b"", b"k" * 32, public, der, pem(key)[:-40], pem(key)[:60]):
        with pytest.raises(Failure, match="not a private key in PEM format"):
            read(content, kind)
    with pytest.raises(Failure, match="is encrypted"):
        read(pem(key, BestAvailableEncryption(b"secret")), kind)
    with pytest.raises(Failure, match=r"^keys/one\.pem: "):
        read(b"", kind)


def test_a_short_rsa_key() -> None:
    with pytest.raises(Failure, match="has 1024 bits, RS256 needs 2048"):
        read(pem(rsa.generate_private_key(65537, 1024)), RS256)
