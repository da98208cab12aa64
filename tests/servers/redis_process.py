"""A real store server for tests: started, frozen, killed and started again at will."""

import contextlib
import random
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from loadtests.harness.processes.redis_server import embedded_server, find_server


def redis_binary() -> str:
    """The server that is installed with the project, the same one on every machine; else one from PATH."""
    return str(embedded_server() or find_server()[1])


def free_port() -> int:
    """A port that nobody listens on, and that the kernel gives to nobody who asks for any (ip(7)).

    One that the kernel itself gave would be given again: to a client beside us, before who needs it has it.
    """
    given_from = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split()[0])
    lowest = 10_000 if given_from > 11_000 else 1024
    while True:
        port = random.randrange(lowest, given_from) if given_from > lowest else 0
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)) as taken:
            return int(taken.getsockname()[1])


class RedisProcess:
    """A Redis on a Unix socket in `folder`, with nothing in it and nothing kept.

    `options` are further ones, as on its command line; `binary` is another server than the installed one.
    """

    def __init__(self, folder: Path, *options: str, binary: str = "") -> None:
        self._binary = binary or redis_binary()
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self._folder = folder
        # The bus of a cluster has a TCP port, 10000 unless it is given: tests run side by side.
        bus = ("--cluster-port", str(free_port())) if "--cluster-enabled" in options else ()
        self._options = (*options, *bus)
        self.start()

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [
                self._binary,
                "--port",
                "0",
                "--unixsocket",
                str(self.socket),
                "--save",
                "",
                "--dir",
                str(self._folder),
                *self._options,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                self.ask("PING")
            except redis.RedisError:
                time.sleep(0.01)
            else:
                return
        raise AssertionError("Redis did not start")

    def ask(self, *command: str | bytes | int) -> Any:
        with redis.Redis(
            unix_socket_path=str(self.socket), retry=Retry(NoBackoff(), 0), single_connection_client=True
        ) as client:
            return client.execute_command(*command)

    def commands(self, *also: str) -> dict[str, int]:
        """Calls by command name since the last reset, without what tests ask by this helper.

        `also`: commands to count although tests ask them too.
        """
        stats = self.ask("INFO", "commandstats")
        ours = {"info", "config", "client", "hello", "ping", "select", "keys", "ttl", "exists"} - set(also)
        calls = {name.removeprefix("cmdstat_"): entry["calls"] for name, entry in stats.items()}
        return {name: count for name, count in calls.items() if name.partition("|")[0] not in ours}

    def reset_commands(self) -> None:
        self.ask("CONFIG", "RESETSTAT")

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
