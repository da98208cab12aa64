"""A store that is empty, and one server of a scheme in front of it: fresh for each scheme and payload."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from authbench.contracts.card import Card
from authbench.contracts.measuring_protocol import FillOrder
from authbench.contracts.message import Reply
from loadtests.harness.processes.placement import Layout
from loadtests.harness.processes.processes import Start
from loadtests.harness.processes.redis_server import RunningRedis, start_redis
from loadtests.harness.processes.server import Server

KEY_PREFIX = "authbench:"
"""The default one: a prefix is a part of every key, and takes its bytes."""
LIFETIME_S = 86_400
"""Nothing expires while it is measured."""
_KEEP_ALIVE_S = 86_400
_PORTION = 10_000
_BUFFERS_S = 1.2
"""A store gives back the buffers of connections that were busy within a second, up to 300 KB; until then it
may not tell their size either."""
_DEADLINE_MS = 5000
"""A store that moves a table of a million entries may keep a command waiting."""


@dataclass(frozen=True)
class Bench:
    """What is measured: a scheme's server, its card, and the store that it alone uses."""

    server: Server
    card: Card
    store: RunningRedis

    def add_logins(self, first: int, after: int) -> None:
        """Log users number `first` to below `after` in, as the scheme records it."""
        for start in range(first, after, _PORTION):
            count = min(_PORTION, after - start)
            self.server.ask(FillOrder(first=start, count=count, lifetime_s=LIFETIME_S), Reply)

    def rest(self) -> None:
        """Wait until the store has given back the buffers of connections that were opened or busy."""
        time.sleep(_BUFFERS_S)


@contextlib.contextmanager
def fresh_bench(
    scheme: str, payload_bytes: int, layout: Layout, scratch: Path, start: Start, config: Sequence[str]
) -> Iterator[Bench]:
    """Start store and server; stop both at the end, and leave no file. `config`: lines for the store."""
    folder = Path(tempfile.mkdtemp(dir=scratch))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        store = start_redis(folder, layout.store, more="".join(f"{line}\n" for line in config))
        stack.callback(store.stop)
        settings = {
            "scheme": scheme,
            "payload_bytes": payload_bytes,
            "redis_url": store.url,
            "redis_key_prefix": KEY_PREFIX,
            "store_deadline_ms": _DEADLINE_MS,
            "keep_alive_s": _KEEP_ALIVE_S,
            "database_url": f"sqlite+aiosqlite:///{folder}/accounts.sqlite",
            "session_database_url": f"sqlite+aiosqlite:///{folder}/sessions.sqlite",
        }
        server = Server(scheme, "server", settings, layout.all, folder, start=start)
        stack.callback(server.stop)
        server.wait_until_ready()
        bench = Bench(server, server.card(), store)
        bench.rest()
        yield bench
