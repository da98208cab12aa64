"""Files that nobody but their owner may read: keys and passwords."""

import os
import stat
from pathlib import Path

from authbench.contracts.failure import Failure


def read_private(path: str | Path) -> bytes:
    """Read a file that belongs to this user and that nobody else may open. Failure in one line.

    Symbolic links are refused: their own mode says nothing of who may read the file they lead to.
    """
    try:
        # One descriptor for all questions, so that the file cannot be exchanged between them. O_NONBLOCK: a
        # FIFO would keep the caller waiting for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            refuse_others(path, os.fstat(descriptor), stat.S_IFREG)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read()
        finally:
            os.close(descriptor)
    except OSError as error:
        reason = "it is a symbolic link" if os.path.islink(path) else error.strerror
        raise Failure(f"{path}: cannot be read: {reason}") from None


def write_private(path: Path, content: bytes) -> None:
    """Create a file with mode 0600 from the start, and wait for the disk. FileExistsError if it exists."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def refuse_others(path: str | Path, found: os.stat_result, kind: int) -> None:
    """Failure unless it is of this kind (stat.S_IFREG, stat.S_IFDIR), this user's, and closed to others."""
    if stat.S_IFMT(found.st_mode) != kind:
        raise Failure(f"{path}: cannot be read: not a {'directory' if kind == stat.S_IFDIR else 'file'}")
    if found.st_uid != os.geteuid():
        raise Failure(f"{path}: belongs to user {found.st_uid}, who could exchange it: make it your own")
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = "700" if kind == stat.S_IFDIR else "600"
        raise Failure(f"{path}: others may open it: chmod {mode} {path}")
