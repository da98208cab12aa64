"""A sentinel that watches a store of the drill's own, and promotes its replica when it is down."""

import secrets
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from authbench.contracts.failure import ExitCode, Failure
from loadtests.drills.site.store import DrillStore
from loadtests.harness.processes.processes import Child
from loadtests.harness.processes.redis_server import find_server

SERVICE = "drill"
_DOWN_MS = 500
"""Silent for so long, the store is down."""
_FAILOVER_MS = 60_000
"""Longer than a drill. Until then no replica is told anew whom to follow: it follows through a proxy."""
_PORT_TRIES = 5
_START_S = 20.0
_PROMOTED_S = 30.0
_POLL_S = 0.01
_PATIENCE_S = 5.0


class DrillSentinel:
    """One sentinel with a quorum of one, so that it decides alone.

    A drill shows what clients lose. How several sentinels agree is theirs, and takes longer.
    """

    def __init__(self, scratch: Path, cpus: Iterable[int], store: DrillStore, replicas: int) -> None:
        """Start it, and wait until it knows the store and its replicas, which follow already."""
        self._secret = secrets.token_hex(16)
        self._store_password = store.password
        folder = scratch / "sentinel"
        folder.mkdir(mode=0o700)
        cpus = tuple(cpus)
        for _ in range(_PORT_TRIES):
            with socket.create_server(("127.0.0.1", 0)) as unused:
                self.port = int(unused.getsockname()[1])
            self.child = _start(folder, cpus, self.port, self._secret, store)
            self.client = redis.Redis(
                host="127.0.0.1",
                port=self.port,
                password=self._secret,
                protocol=2,
                socket_timeout=_PATIENCE_S,
                retry=Retry(NoBackoff(), 0),
            )
            if self._knows(replicas):
                return
            self.stop()
        raise Failure("the sentinel does not start, or finds no replicas", ExitCode.INTERNAL)

    @property
    def url(self) -> str:
        """The store's URL, by way of this sentinel."""
        return (
            f"redis+sentinel://:{self._store_password}@127.0.0.1:{self.port}/{SERVICE}/0"
            f"?sentinel_password={self._secret}"
        )

    @property
    def primary_port(self) -> int:
        """The port of the store that it says is the primary."""
        named: Any = self.client.execute_command("SENTINEL GET-MASTER-ADDR-BY-NAME", SERVICE)  # type: ignore[no-untyped-call]
        return int(named[1])

    def wait_until_promoted(self, old_port: int) -> int:
        """Wait until it names another primary; CLOCK_MONOTONIC ns of the last question before that.

        The promotion is counted from then: a few milliseconds too early, never too late.
        """
        deadline = time.monotonic() + _PROMOTED_S
        asked_ns = time.monotonic_ns()
        while time.monotonic() < deadline:
            asking_ns = time.monotonic_ns()
            if self.primary_port != old_port:
                return asked_ns
            asked_ns = asking_ns
            time.sleep(_POLL_S)
        raise Failure("the sentinel has promoted no replica", ExitCode.INTERNAL)

    def stop(self) -> None:
        """End it. Safe to call twice."""
        self.client.close()
        self.child.stop()

    def _knows(self, count: int) -> bool:
        """Wait for that many replicas; False if the process ends (its port was taken), or is too slow."""
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and not self.child.ended():
            try:
                replicas: Any = self.client.sentinel_slaves(SERVICE)
            except redis.RedisError:
                replicas = []
            # Its link to its primary is known once the sentinel has read the replica's INFO.
            known = [each for each in replicas if each["master-link-status"] == "ok" and not each["is_sdown"]]
            if len(known) == count:
                return True
            time.sleep(_POLL_S)
        return False


def _start(folder: Path, cpus: Iterable[int], port: int, secret: str, store: DrillStore) -> Child:
    """Start the process. It writes what it learns into its file, so that cannot be standard input."""
    _, binary = find_server()
    file = folder / f"sentinel-{port}.conf"
    file.touch(mode=0o600)
    file.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {secret}\ndaemonize no\ndir {folder}\n"
        f"logfile {folder}/sentinel-{port}.log\n"
        f"sentinel monitor {SERVICE} 127.0.0.1 {store.port} 1\n"
        f"sentinel auth-pass {SERVICE} {store.password}\n"
        f"sentinel down-after-milliseconds {SERVICE} {_DOWN_MS}\n"
        f"sentinel failover-timeout {SERVICE} {_FAILOVER_MS}\n",
        "utf-8",
    )
    command = [str(binary), str(file), "--sentinel"]
    return Child("the sentinel", command, cpus, folder / f"output-{port}.log")
