"""Credentials made from the keys of a node that only has to verify them."""

import hmac
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from loadtests.attacks.laboratory.issuer import PURPOSES
from loadtests.attacks.laboratory.jws import Jws, decoded, encoded, with_hmac

_PURPOSES = (*PURPOSES, "signed cookie", "token behind the edge", "session snapshot", "csrf")
"""For which servers derive keys from one secret: HKDF with SHA-256 (RFC 5869), info 'authbench PURPOSE'."""
_ENCODINGS = {"PEM": serialization.Encoding.PEM, "DER": serialization.Encoding.DER}
"""Of a public key, as bytes that somebody may take for an HMAC key."""


@dataclass(frozen=True)
class Material:
    """A key that a verifying node has, as bytes of an HMAC key."""

    name: str
    key: bytes
    secret: bool
    """False: it is public, and its use as an HMAC key is the classic confusion (RFC 8725 section 2.1)."""


def verifying_material(directory: Path) -> list[Material]:
    """What a node must have to verify credentials: derived secrets, and the public halves of key pairs.

    A verifier of asymmetric tokens is not given the private key, so it is read only to make the public one.
    """
    found = []
    for path in sorted(directory.iterdir()):
        if path.suffix == ".pem":
            private = serialization.load_pem_private_key(path.read_bytes(), None)
            public = private.public_key()
            info = serialization.PublicFormat.SubjectPublicKeyInfo
            name = f"public key of {path.name.partition('-')[0]}"
            found += [
                Material(f"{name}, {form}", public.public_bytes(encoding, info), secret=False)
                for form, encoding in _ENCODINGS.items()
            ]
        else:
            root = path.read_bytes()
            found += [Material(purpose, _derived(root, purpose), secret=True) for purpose in _PURPOSES]
    return found


def forgeries(own: str, username: str, material: Material) -> Iterator[str]:
    """The attacker's own credential, rewritten to another user and signed with that key.

    In three parts it is a JWS, in two a value and its HMAC, over the value and what it is bound to: nothing.
    Nothing for any other: no signature makes an id.
    """
    changed = {"sub": username, "jti": secrets.token_urlsafe(16)}
    token = Jws.parse(own)
    value, _, mac = own.partition(".")
    if token is not None:
        yield with_hmac(token.header | {"alg": "HS256"}, token.claims | changed, material.key)
    elif mac:
        text = _json(json.loads(decoded(value)) | changed)
        yield f"{text}.{_mac(material.key, text + '.')}"


def forged_snapshot(own: str, username: str, session_id: str, key: bytes) -> str:
    """A copy of a session, `until:claims` and its HMAC bound to the id, that says somebody else."""
    until, _, content = decoded(own.partition(".")[0]).partition(b":")
    claims = json.loads(content) | {"sub": username}
    text = encoded(until + b":" + json.dumps(claims, separators=(",", ":")).encode())
    return f"{text}.{_mac(key, f'{text}.{session_id}')}"


def _derived(root: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=f"authbench {purpose}".encode()).derive(root)


def _json(content: dict[str, object]) -> str:
    return encoded(json.dumps(content, separators=(",", ":")).encode())


def _mac(key: bytes, text: str) -> str:
    return encoded(hmac.digest(key, text.encode(), "sha256"))
