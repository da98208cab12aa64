"""The join key: who has it may send load in a run, and is told the credentials of its users."""

from pathlib import Path

from cryptography.fernet import Fernet

from authbench.contracts.failure import Failure
from authbench.system.private_files import read_private, write_private


def read_join_key(path: Path) -> bytes:
    """Read a key file that only this user may open. Failure in one line."""
    key = read_private(path).strip()
    try:
        Fernet(key)
    except ValueError:
        raise Failure(
            f"{path}: no join key. Remove the file, let authbench run --workers-at make one, and copy that"
        ) from None
    return key


def make_join_key(path: Path) -> bool:
    """Make a key file, mode 0600, where there is none; whether it was made. Failure in one line."""
    try:
        write_private(path, Fernet.generate_key() + b"\n")
    except FileExistsError:
        return False
    except OSError as error:
        raise Failure(f"{path}: the join key cannot be written: {error.strerror}") from None
    return True
