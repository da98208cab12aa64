"""A directory of keys: made whole when it is not there yet, read as a whole, shared by servers.

    secret-20261126T002333Z       32 random bytes or more: everything symmetric is derived from them
    RS256-20261126T002333Z.pem    one private key in PEM format for each asymmetric algorithm
    ES256-20261126T002333Z.pem
    EdDSA-20261126T002333Z.pem

A name says when the key was made, in UTC. The time of the file would not do: a copy has another one, and two
servers must agree on which key is the newest.
"""

import os
import re
import secrets
import shutil
import stat
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from authbench.contracts.failure import Failure
from authbench.system.private_files import read_private, refuse_others, write_private
from servers.keys.key_pairs import KINDS, pem

KEY_BYTES = 32
"""256 bits, the output of SHA-256: the least RFC 7518 section 3.2 allows for HS256."""
SECRET = "secret"  # noqa: S105 - a name
_TIME = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"(?P<kind>[A-Za-z0-9]+)-(?P<time>[0-9]{8}T[0-9]{6}Z)(?P<suffix>(\.pem)?)")


@dataclass(frozen=True)
class KeyFile:
    """One key: a secret, or a private key of the algorithm that `kind` names."""

    kind: str
    made_at: int
    """Unix seconds."""
    path: Path
    content: bytes


def open_directory(directory: Path, now: float) -> list[KeyFile]:
    """Every key in it, the oldest first; made with fresh ones if it is not there. Failure in one line."""
    if not os.path.lexists(directory):
        _make(directory, now)
    return read_directory(directory)


def read_directory(directory: Path) -> list[KeyFile]:
    """Every key in it, the oldest first. Failure in one line for whatever does not belong there."""
    try:
        refuse_others(directory, os.lstat(directory), stat.S_IFDIR)
        paths = sorted(path for path in directory.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise Failure(f"{directory}: the keys cannot be read: {error.strerror}") from None
    if not paths:
        raise Failure(f"{directory}: no keys in it: remove it, and serve makes it anew with keys")
    return sorted((_read(path) for path in paths), key=lambda key: (key.made_at, key.path.name))


def add_key(directory: Path, kind: str, now: float) -> Path:
    """Add a fresh key of this kind, whole from the first moment somebody sees it. Failure in one line."""
    path = directory / _name(kind, now)
    # Its name begins with a dot: nobody takes it for a key.
    half = directory / f".{path.name}.{secrets.token_hex(8)}"
    try:
        write_private(half, _fresh(kind))
        # Unlike a rename, a link never replaces what is there.
        os.link(half, path)
    except OSError as error:
        raise Failure(f"{path}: the key cannot be made: {error.strerror}") from None
    finally:
        half.unlink(missing_ok=True)
    return path


def _make(directory: Path, now: float) -> None:
    """Beside its place first, then moved there in one step: of servers that start at once, one's is kept."""
    try:
        new = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
        try:
            for kind in (SECRET, *KINDS):
                write_private(new / _name(kind, now), _fresh(kind))
            new.rename(directory)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    except OSError as error:
        # Another server was faster, and its directory cannot be replaced: it has keys in it.
        if not directory.is_dir():
            raise Failure(f"{directory}: the keys cannot be made: {error.strerror}") from None


def _fresh(kind: str) -> bytes:
    return secrets.token_bytes(KEY_BYTES) if kind == SECRET else pem(KINDS[kind].draw())


def _name(kind: str, now: float) -> str:
    made_at = datetime.fromtimestamp(int(now), UTC).strftime(_TIME)
    return f"{kind}-{made_at}" + ("" if kind == SECRET else ".pem")


def _read(path: Path) -> KeyFile:
    parts = _NAME.fullmatch(path.name)
    try:
        made_at = datetime.strptime(parts["time"], _TIME).replace(tzinfo=UTC) if parts else None
    except ValueError:  # the 31st of February
        made_at = None
    if parts is None or made_at is None or bool(parts["suffix"]) != (parts["kind"] != SECRET):
        raise Failure(
            f"{path}: not the name of a key, such as {_name(SECRET, 0)} or {_name('RS256', 0)}: "
            "rename it, or take it away"
        )
    content = read_private(path)
    if parts["kind"] == SECRET and len(content) < KEY_BYTES:
        raise Failure(f"{path}: the secret has {len(content)} bytes, {KEY_BYTES} or more are needed")
    return KeyFile(parts["kind"], int(made_at.timestamp()), path, content)
