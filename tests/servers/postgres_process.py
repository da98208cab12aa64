"""A real PostgreSQL for tests, with a cluster of its own in a temporary folder."""

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import asyncpg

from tests.servers.redis_process import free_port

_LOADED = "pg_stat_statements"


def programs() -> Path | None:
    """The folder that has initdb and postgres: from PATH, else where Debian has it; None: not installed."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve()] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


class PostgresProcess:
    """A server on a port of the loopback. Its superuser is `postgres`, whose password is drawn.

    `folder` is empty, and every folder above it can be passed by others: PostgreSQL refuses root, so root
    starts it as another user.
    """

    def __init__(self, folder: Path, binaries: Path) -> None:
        self.password = secrets.token_urlsafe(12)
        self.port = free_port()
        self._binaries, self._folder = binaries, folder
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        self._password_file = folder / "password"
        self._password_file.write_text(self.password, "utf-8")
        self._password_file.chmod(0o644)
        made = subprocess.run(
            [
                *(
                    str(binaries / "initdb"),
                    "-D",
                    str(folder / "data"),
                    "-U",
                    "postgres",
                    "-A",
                    "scram-sha-256",
                ),
                *("--pwfile", str(self._password_file), "--no-sync", "--no-locale", "-E", "UTF8"),
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            **self._as,
        )
        assert made.returncode == 0, made.stderr
        self.start()

    @property
    def pid(self) -> int:
        """The process that listens, the parent of one for each connection."""
        return self._process.pid

    def url(self, database: str, user: str = "postgres", password: str | None = None) -> str:
        return f"postgresql://{user}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def start(self, loaded: str = _LOADED) -> None:
        """`loaded`: shared_preload_libraries."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "off",
            "shared_buffers": "16MB",
            "shared_preload_libraries": loaded,
        }
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(str(self._binaries / "postgres"), "-D", str(self._folder / "data")),
                    *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
                ],
                cwd=self._folder,
                stdout=log,
                stderr=log,
                **self._as,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.execute("SELECT 1", database="postgres")
            except (OSError, asyncpg.CannotConnectNowError):
                time.sleep(0.02)
            else:
                return
        raise AssertionError((self._folder / "log").read_text("utf-8", "replace"))

    def stop(self) -> None:
        """End it at once; connections that are open are cut."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait()

    def execute(self, *statements: str, database: str) -> None:
        async def carry_out() -> None:
            connection = await asyncpg.connect(self.url(database))
            try:
                for statement in statements:
                    await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(carry_out())

    def create_database(self, name: str) -> None:
        """A database of its own for a test, with the extension pg_stat_statements."""
        self.execute(f"CREATE DATABASE {name}", database="postgres")
        self.execute("CREATE EXTENSION pg_stat_statements", database=name)
