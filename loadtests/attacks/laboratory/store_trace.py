"""What a server sends to its store while something is done: the commands themselves, from MONITOR."""

import secrets
from collections.abc import Callable
from typing import Any, TypeVar

import redis

from loadtests.attacks.laboratory.shortened import shortened
from loadtests.harness.processes.server import Server
from loadtests.harness.telemetry.store_counters import subtract

_T = TypeVar("_T")
_PATIENCE_S = 60.0
"""For one answer: several servers under attack share the store and the processors."""


class StoreTrace:
    """Watches the commands of one server in a Redis that others use too, told apart by their key prefix.

    For a server with a store in SQL it has the statements' counts. Close it, or use it as a context.
    """

    def __init__(self, url: str, key_prefix: str, server: Server) -> None:
        self._prefix = key_prefix
        self._server = server
        self._client: redis.Redis = redis.Redis.from_url(url, socket_timeout=_PATIENCE_S)
        self._monitor = self._client.monitor()  # type: ignore[no-untyped-call]
        self._monitor.__enter__()

    def during(self, act: Callable[[], _T]) -> tuple[_T, list[str]]:
        """Run `act`; what it returns, and what the server sent meanwhile, in order."""
        begin, end = (f"trace-{secrets.token_hex(8)}" for _ in range(2))
        statements = self._server.store_statements()
        self._client.echo(begin)
        result = act()
        self._client.echo(end)
        self._until(begin)
        sent = [command for command in self._until(end) if self._prefix in command]
        counted = subtract(self._server.store_statements(), statements)
        return result, [shortened(each) for each in sent] + [f"{n} x {name}" for name, n in counted.items()]

    def _until(self, marker: str) -> list[str]:
        """The commands before the marker, which is taken out with them."""
        seen: list[str] = []
        while True:
            told: dict[str, Any] = self._monitor.next_command()
            command = str(told["command"])
            if marker in command:
                return seen
            seen.append(command)

    def close(self) -> None:
        self._monitor.__exit__(None, None, None)
        self._client.close()
