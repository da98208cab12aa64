"""Directories of keys as an operator would write them by hand."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from servers.keys.key_pairs import PrivateKey, pem

SECRET = b"s" * 32
LONG_AGO = 1_700_000_000.0
"""Unix seconds: whatever was made then signs."""


def key_name(kind: str, made_at: float = LONG_AGO) -> str:
    stamp = datetime.fromtimestamp(made_at, UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"{kind}-{stamp}" + ("" if kind == "secret" else ".pem")


def put_key(directory: Path, kind: str, content: bytes, made_at: float = LONG_AGO) -> Path:
    path = directory / key_name(kind, made_at)
    path.touch(0o600)
    path.write_bytes(content)
    return path


def key_directory(
    folder: Path, secret: bytes = SECRET, pairs: Mapping[str, PrivateKey] = MappingProxyType({})
) -> str:
    """With this secret, and with a key for each algorithm named."""
    directory = folder / "keys"
    directory.mkdir(0o700)
    put_key(directory, "secret", secret)
    for algorithm, key in pairs.items():
        put_key(directory, algorithm, pem(key))
    return str(directory)
