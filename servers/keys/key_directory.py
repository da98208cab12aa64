"""A directory of keys that servers share: created complete if it is missing, and read as a whole.

    secret-20261126T002333Z       32 random bytes or more: everything symmetric is derived from them
    RS256-20261126T002333Z.pem    one private key in PEM format for each asymmetric algorithm
    ES256-20261126T002333Z.pem
    EdDSA-20261126T002333Z.pem

A name says when the key was made, in UTC. Not the time of the file, which a copy changes: servers must agree
on which key is the newest.
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
from authbench.system.interruption import clean_up
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
    """Every key of the directory, the oldest first; create it if it is missing. Failure in one line."""
    if not os.path.lexists(directory):
        _make(directory, now)
    return read_directory(directory)


def read_directory(directory: Path) -> list[KeyFile]:
    """Every key of the directory, the oldest first. Failure in one line for a file that is no key."""
    try:
        refuse_others(directory, os.lstat(directory), stat.S_IFDIR)
        paths = sorted(path for path in directory.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise Failure(f"{directory}: the keys cannot be read: {error.strerror}") from None
    if not paths:
        raise Failure(f"{directory}: no keys in it: remove it, and serve creates it with keys")
    found = [key for path in paths if (key := _read_if_there(path)) is not None]
    return sorted(found, key=lambda key: (key.made_at, key.path.name))


def add_key(directory: Path, kind: str, now: float) -> Path:
    """Add a fresh key of this kind; its file is complete from the first moment. Failure in one line."""
    path = directory / _name(kind, now)
    # A name that begins with a dot is no key.
    half = directory / f".{path.name}.{secrets.token_hex(8)}"
    try:
        write_private(half, _fresh(kind))
        # Unlike a rename, a link never replaces a file.
        os.link(half, path)
    except FileExistsError:
        raise Failure(f"{path}: a key was made in this very second: rotate again in the next") from None
    except OSError as error:
        raise Failure(f"{path}: the key cannot be made: {error.strerror}") from None
    finally:
        half.unlink(missing_ok=True)
    return path


def replace_keys(directory: Path, now: float) -> None:
    """Add a fresh key of each kind and remove all that were there: they have leaked. Failure in one line."""
    leaked = read_directory(directory)
    # A name has whole seconds, and no key may have that of another.
    made_at = max([now, *(key.made_at + 1 for key in leaked)])
    for kind in (SECRET, *KINDS):
        add_key(directory, kind, made_at)
    for key in leaked:
        key.path.unlink()


def _make(directory: Path, now: float) -> None:
    """Create it elsewhere and rename it: of servers that start at once, all use the same one."""
    try:
        new = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
        with clean_up(lambda: shutil.rmtree(new, ignore_errors=True)):
            for kind in (SECRET, *KINDS):
                write_private(new / _name(kind, now), _fresh(kind))
            new.rename(directory)
    except OSError as error:
        # Another server was faster: its directory has keys in it, so the rename failed.
        if not directory.is_dir():
            raise Failure(f"{directory}: the keys cannot be made: {error.strerror}") from None


def _fresh(kind: str) -> bytes:
    return secrets.token_bytes(KEY_BYTES) if kind == SECRET else pem(KINDS[kind].draw())


def _name(kind: str, now: float) -> str:
    made_at = datetime.fromtimestamp(int(now), UTC).strftime(_TIME)
    return f"{kind}-{made_at}" + ("" if kind == SECRET else ".pem")


def _read_if_there(path: Path) -> KeyFile | None:
    """The key; None where it was removed since the directory was listed: it must not count for longer."""
    try:
        return _read(path)
    except Failure:
        if os.path.lexists(path):
            raise
        return None


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
