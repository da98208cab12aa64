"""The key of a token scheme: from a file nobody else may read, or fresh from the operating system."""

import os
import secrets
import stat
from pathlib import Path

from authbench.failure import Failure

KEY_BYTES = 32
"""256 bits, the output of SHA-256: the least RFC 7518 section 3.2 allows for HS256."""


def signing_key(path: str | None) -> bytes:
    """The key in the file, or a random one that dies with this process. Failure in one line."""
    if path is None:
        return secrets.token_bytes(KEY_BYTES)
    try:
        # One descriptor for both questions, so that the file cannot be exchanged between them.
        with Path(path).open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            key = file.read()
    except OSError as error:
        raise Failure(f"{path}: the signing key cannot be read: {error.strerror}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Failure(f"{path}: others may read the signing key: chmod 600 {path}")
    if len(key) < KEY_BYTES:
        raise Failure(f"{path}: the signing key has {len(key)} bytes, HS256 needs {KEY_BYTES} or more")
    return key
