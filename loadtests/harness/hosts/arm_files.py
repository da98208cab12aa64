"""The private files of one arm that outlive its servers: its keys, and its database of sessions."""

import contextlib
import secrets
import shutil
import sqlite3
from pathlib import Path


class ArmFiles:
    """Laid in place for each server of an arm, so that it accepts what the first one issued.

    Keys are files only while a server starts. Afterwards this process holds them: a run that is killed leaves
    none behind. What has an effect while a server runs goes to files of its own: the next server has them as
    they were at `save`.
    """

    def __init__(self, scratch: Path, number: int) -> None:
        """`number` names the files; no two arms of a run have the same."""
        self.number = number
        self._scratch = scratch
        self._keys = scratch / f"arm{number}-keys"
        self._held: dict[str, bytes] = {}
        self._saved = scratch / f"arm{number}-sessions.saved"
        self._sessions = self._saved

    def lay_out(self) -> dict[str, str | bool]:
        """Put everything where a new server finds it; return the settings that say where."""
        if self._held:
            self._keys.mkdir(mode=0o700)
            for name, content in self._held.items():
                (self._keys / name).touch(mode=0o600)
                (self._keys / name).write_bytes(content)
        # A name that no file had: what SQLite left beside an old one is not taken for the new one's.
        self._sessions = self._scratch / f"arm{self.number}-{secrets.token_hex(4)}-sessions.sqlite"
        if self._saved.exists():
            self._sessions.touch(mode=0o600)
            shutil.copyfile(self._saved, self._sessions)
        return {
            "keys_directory": str(self._keys),
            # Nobody adds a key, and looking for one would cost the server a moment under load.
            "keys_followed": False,
            "session_database_url": f"sqlite+aiosqlite:///{self._sessions}",
        }

    def take_keys(self) -> None:
        """Take the keys out of the directory, which the server has read, and remove it."""
        if self._keys.is_dir():  # not where the arm's own settings name another
            self._held = {path.name: path.read_bytes() for path in self._keys.iterdir()}
            shutil.rmtree(self._keys)

    def save(self) -> None:
        """Keep the sessions as they are now, while the server runs; nothing where it has no such file."""
        if not self._sessions.exists():
            return
        self._saved.touch(mode=0o600)
        with (
            contextlib.closing(sqlite3.connect(self._sessions)) as source,
            contextlib.closing(sqlite3.connect(self._saved)) as target,
        ):
            source.backup(target)
