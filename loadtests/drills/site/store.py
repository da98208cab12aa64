"""A store that a drill may break: started here, on a port of its own, and never a user's."""

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import redis

from authbench.contracts.failure import ExitCode, Failure
from authbench.system.store_url import read_store_url
from loadtests.drills.site.process_state import process_state
from loadtests.harness.processes.redis_server import RunningRedis, open_client, start_redis

_PATIENCE_S = 5.0
"""For an answer of a store that is there: on a busy machine one may take half a second."""
SILENT_S = 0.8
"""A probe that has no answer by then found a silent store. Less than half of a failure: it ends inside."""
_AT_ONCE = "repl-diskless-sync-delay 0\n"
"""Otherwise a primary waits five seconds for further replicas before it sends the first one anything."""
_SYNC_S = 20.0
_MARKER = "drill:marker"
_KEPT = "appendonly yes\nappendfsync no\n"
"""An answered write is in the kernel's hands, so it survives the process (not the machine).

Redis' default, `everysec`, does not promise that: while the kernel still writes to the disk, an answered
write stays in the process for up to two seconds (`flushAppendOnlyFile` in aof.c).
"""


class DrillStore:
    """A store server with an append-only file, and an administrator's connection to it."""

    def __init__(
        self, scratch: Path, cpus: Iterable[int], name: str, like: "DrillStore | None" = None
    ) -> None:
        """Start it; with the password of `like`, if given, so that one can replicate the other."""
        self._scratch = scratch
        self._cpus = tuple(cpus)
        self._name = name
        self._starts = 0
        self._more = _KEPT + _AT_ONCE + ("" if like is None else f"masterauth {like.password}\n")
        self._running = self._start(None, None if like is None else like.password)
        self.client = self._connect()
        self.put_marker()

    @property
    def password(self) -> str:
        return str(urlsplit(self._running.url).password)

    @property
    def port(self) -> int:
        return int(urlsplit(self._running.url).port or 0)

    @property
    def url(self) -> str:
        return self._running.url

    @property
    def description(self) -> str:
        """Name, version and allocator."""
        return str(self._running.server)

    @property
    def pid(self) -> int:
        assert self._running.child is not None  # noqa: S101 - started here
        return self._running.child.pid

    @property
    def state(self) -> str:
        """The letter of the process's state."""
        return process_state(self.pid)

    def ping_ms(self, url: str | None = None, within_s: float = _PATIENCE_S) -> float | None:
        """Milliseconds of a PING, by way of `url` if given; None: no answer within so many seconds.

        Over a new connection: a failure of the network must not be hidden by one that is kept.
        """
        try:
            with self._connect(url, within_s) as client:
                client.ping()
                started_ns = time.perf_counter_ns()
                client.ping()
                return (time.perf_counter_ns() - started_ns) / 1e6
        except (redis.RedisError, OSError):
            return None

    def refusal_of_a_write(self) -> str | None:
        """The kind of error with which the store refuses a write; None: it is carried out."""
        try:
            self.client.set("drill:probe", "1", ex=60)
        except redis.RedisError as error:
            return type(error).__name__
        return None

    def number(self, section: str, key: str) -> int:
        """A number of INFO; 0 where it is not told."""
        return int(self.client.info(section).get(key, 0))

    def put_marker(self) -> None:
        """Store a record of our own: whether it is there later tells whether the store has been emptied."""
        self.client.set(_MARKER, "1")

    @property
    def has_marker(self) -> bool:
        return bool(self.client.exists(_MARKER))

    def follow(self, port: int) -> None:
        """Become the replica of the store at that port, and wait until it has all of it."""
        self.client.replicaof("127.0.0.1", str(port))
        deadline = time.monotonic() + _SYNC_S
        while self.client.info("replication").get("master_link_status") != "up":
            if time.monotonic() > deadline:
                raise Failure(f"{self._name}: the replica does not get its data", ExitCode.INTERNAL)
            time.sleep(0.02)

    def promote(self) -> None:
        """Be a primary from now on."""
        self.client.replicaof("NO", "ONE")

    @property
    def role(self) -> str:
        return str(self.client.info("replication").get("role"))

    def kill(self) -> None:
        """SIGKILL, and wait for its end."""
        child = self._running.child
        assert child is not None  # noqa: S101 - started here
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
        while not child.ended():
            time.sleep(0.002)

    def start_again(self, *, empty: bool = False) -> None:
        """Start it at its address, with what it had acknowledged, or with nothing."""
        old = self._running
        self._starts += empty
        self._running = self._start(old)
        old.stop()

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> None:
        """End it, whatever state it is in. Safe to call twice."""
        if self._running.child is not None and not self._running.child.ended():
            self.thaw()
        self.client.close()
        self._running.stop()

    def _start(self, at: RunningRedis | None, password: str | None = None) -> RunningRedis:
        folder = self._scratch / f"{self._name}-{self._starts}"
        folder.mkdir(mode=0o700, exist_ok=True)
        return start_redis(folder, self._cpus, at, self._more, password)

    def _connect(self, url: str | None = None, within_s: float = _PATIENCE_S) -> "redis.Redis":
        return open_client(read_store_url(url or self.url), within_s, retry=None)
