from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess, stop_all

SCHEMES = [
    "none",
    "session-memory",
    "session-redis",
    "session-redis-lean",
    "jwt-hs256",
    "jwt-hs256-lean",
    "jwt-rs256",
]

Serve = Callable[..., ServerProcess]


@pytest.fixture(scope="session")
def running(redis_server: RedisProcess) -> Iterator[dict[str, ServerProcess]]:
    """A server behind each scheme, shared by all tests that do not change its settings."""
    with TemporaryDirectory(prefix="servers-") as folder:
        started: dict[str, ServerProcess] = {}
        for scheme in SCHEMES:
            own = Path(folder) / scheme
            own.mkdir()
            started[scheme] = ServerProcess(
                own, scheme=scheme, redis_url=redis_server.url, redis_key_prefix=f"shared-{scheme}:"
            )
        yield started
        stop_all(started.values())


@pytest.fixture(params=SCHEMES)
def server(request: pytest.FixtureRequest, running: dict[str, ServerProcess]) -> ServerProcess:
    """Each scheme's server in turn."""
    return running[request.param]


@pytest.fixture(params=SCHEMES[1:])
def authenticating(request: pytest.FixtureRequest, running: dict[str, ServerProcess]) -> ServerProcess:
    """The server of each scheme that authenticates."""
    return running[request.param]


@pytest.fixture
def sessions(running: dict[str, ServerProcess]) -> ServerProcess:
    return running["session-redis"]


@pytest.fixture
def tokens(running: dict[str, ServerProcess]) -> ServerProcess:
    return running["jwt-hs256"]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, for sockets."""
    with TemporaryDirectory(prefix="test-") as path:
        yield Path(path)


@pytest.fixture
def own_redis(folder: Path) -> Iterator[RedisProcess]:
    """A Redis that the test may freeze and kill."""
    server = RedisProcess(folder)
    yield server
    server.thaw()
    server.kill()


@pytest.fixture
def serve(folder: Path) -> Iterator[Serve]:
    """Starts servers of the test's own; they end with it."""
    started: list[ServerProcess] = []

    def start(**settings: Any) -> ServerProcess:
        own = folder / str(len(started))
        own.mkdir()
        started.append(ServerProcess(own, **settings))
        return started[-1]

    yield start
    stop_all(started)
