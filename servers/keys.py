"""Secrets of a server: from files nobody else may read, or fresh from the operating system."""

import os
import secrets
import stat
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from authbench.failure import Failure

KEY_BYTES = 32
"""256 bits, the output of SHA-256: the least RFC 7518 section 3.2 allows for HS256."""


def signing_key(path: str | None) -> bytes:
    """The secret in the file, or a random one that dies with this process. Failure in one line."""
    if path is None:
        return secrets.token_bytes(KEY_BYTES)
    key = private_file(path)
    if len(key) < KEY_BYTES:
        raise Failure(f"{path}: the signing key has {len(key)} bytes, HS256 needs {KEY_BYTES} or more")
    return key


def root_secret(path: str | None) -> bytes:
    """The bytes in the file, or random ones: what `derived_key` derives from. Failure in one line."""
    if path is None:
        return secrets.token_bytes(KEY_BYTES)
    secret = private_file(path)
    if len(secret) < KEY_BYTES:
        raise Failure(f"{path}: the secret has {len(secret)} bytes, {KEY_BYTES} or more are needed")
    return secret


def derived_key(root: bytes, purpose: str) -> bytes:
    """A 256-bit key for one purpose and no other: HKDF with SHA-256 (RFC 5869), the purpose as its info."""
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=f"authbench {purpose}".encode()).derive(root)


def private_file(path: str) -> bytes:
    """The content of a file that nobody else may read. Failure in one line."""
    try:
        # One descriptor for both questions, so that the file cannot be exchanged between them.
        with Path(path).open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except OSError as error:
        raise Failure(f"{path}: the key cannot be read: {error.strerror}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Failure(f"{path}: others may read the key: chmod 600 {path}")
    return content
