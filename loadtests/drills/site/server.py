"""A server that a drill may kill, and start again where it was."""

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from authbench.contracts.card import Card
from loadtests.drills.site.session_file import SessionFile
from loadtests.harness.processes.server import Server

SHORT_WINDOWS: Mapping[str, Any] = {
    "opaque_cache_s": 1,
    "cookie_cache_s": 1,
    "not_before_cache_s": 1,
    "near_cache_heartbeat_s": 0.3,
    "denylist_heartbeat_s": 0.3,
}
"""Caches that end while the store is still away, so that the drill sees both: before and after."""
_LONG_S = 86_400


class DrillServer:
    """One scheme's server with files of its own: keys, accounts, orders and sessions in SQL."""

    def __init__(
        self,
        scheme: str,
        number: int,
        redis_url: str,
        workers: int,
        cpus: Iterable[int],
        scratch: Path,
        settings: Mapping[str, Any],
    ) -> None:
        """Start it. `settings` are those of the server that the drill changes."""
        self.scheme = scheme
        self._cpus = tuple(cpus)
        self._scratch = scratch
        self._name = f"drill{number}"
        self.keys = scratch / f"{self._name}-keys"
        self.session_file = SessionFile(scratch / f"{self._name}-sessions.sqlite")
        self._settings = {
            "scheme": scheme,
            "workers": workers,
            "redis_url": redis_url,
            "redis_key_prefix": f"authbench:drill:{number}:",
            "database_url": f"sqlite+aiosqlite:///{scratch}/{self._name}.sqlite",
            "session_database_url": f"sqlite+aiosqlite:///{self.session_file.path}",
            "keys_directory": str(self.keys),
            "keys_followed": False,
            "keep_alive_s": _LONG_S,
            "dpop_proof_lifetime_s": _LONG_S,
            **SHORT_WINDOWS,
            **settings,
        }
        self.server = self._start(0)

    def wait_until_ready(self) -> None:
        self.server.wait_until_ready()

    @property
    def card(self) -> Card:
        return self.server.card()

    @property
    def pids(self) -> list[int]:
        """The ids of all processes of the server, that of the first process first."""
        return self.server.pids

    def kill(self) -> None:
        """SIGKILL the first process, which takes its workers with it; wait for its end."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.server.pid, signal.SIGKILL)
        while not self.server.child.ended():
            time.sleep(0.002)

    def start_again(self) -> None:
        """Start it at its address, with its files; `wait_until_ready` before anything else."""
        port = self.server.port
        self.server.stop()
        self.server = self._start(port)

    def _start(self, port: int) -> Server:
        return Server(self.scheme, self._name, self._settings, self._cpus, self._scratch, port=port)
