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

    def during(self, act: Callable[[], _T]) -> tuple[_T, list[str]]:
        """Run `act`; what it returns, and what the server sent meanwhile, in order.

        The store is watched no longer than that: it tells a watcher of everybody's commands, and whoever
        watched all the time would have to read them all.
        """
        end = f"trace-{secrets.token_hex(8)}"
        statements = self._server.store_statements()
        with self._client.monitor() as monitor:  # type: ignore[no-untyped-call]
            result = act()
            self._client.echo(end)
            sent = [command for command in _until(end, monitor) if self._prefix in command]
        counted = subtract(self._server.store_statements(), statements)
        return result, [shortened(each) for each in sent] + [f"{n} x {name}" for name, n in counted.items()]

    def close(self) -> None:
        self._client.close()


def _until(marker: str, monitor: Any) -> list[str]:
    """The commands before the one with the marker."""
    seen: list[str] = []
    while marker not in (command := str(monitor.next_command()["command"])):
        seen.append(command)
    return seen
