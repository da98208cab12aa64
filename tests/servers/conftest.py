from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.servers.cards import AUTHENTICATING, ONE_OF_EACH_CARRIER, WITHOUT_PROOF
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess, end_all

Serve = Callable[..., ServerProcess]


class Running(dict[str, ServerProcess]):
    """A server behind each scheme, by its name, started when it is first asked for."""

    def __init__(self, folder: Path, redis: RedisProcess) -> None:
        super().__init__()
        self._folder = folder
        self._redis = redis

    def __missing__(self, scheme: str) -> ServerProcess:
        own = self._folder / scheme
        own.mkdir()
        self[scheme] = ServerProcess(
            own,
            scheme=scheme,
            redis_url=self._redis.url,
            redis_key_prefix=f"shared-{scheme}:",
        )
        return self[scheme]


@pytest.fixture(scope="session")
def running(redis_server: RedisProcess) -> Iterator[Running]:
    """A server behind each scheme, shared by all tests of a worker that do not change its settings."""
    with TemporaryDirectory(prefix="servers-") as folder:
        started = Running(Path(folder), redis_server)
        yield started
        end_all(started.values())


@pytest.fixture(params=WITHOUT_PROOF)
def server(request: pytest.FixtureRequest, running: Running) -> ServerProcess:
    """Each scheme's server in turn."""
    return running[request.param]


@pytest.fixture(params=ONE_OF_EACH_CARRIER)
def any_server(request: pytest.FixtureRequest, running: Running) -> ServerProcess:
    """A server behind a scheme of each carrier, for what does not depend on the scheme."""
    return running[request.param]


@pytest.fixture(params=AUTHENTICATING)
def authenticating(request: pytest.FixtureRequest, running: Running) -> ServerProcess:
    """The server of each scheme that authenticates."""
    return running[request.param]


@pytest.fixture
def sessions(running: Running) -> ServerProcess:
    return running["session-redis"]


@pytest.fixture
def tokens(running: Running) -> ServerProcess:
    return running["jwt-hs256"]


@pytest.fixture(scope="module")
def store() -> Iterator[RedisProcess]:
    """A Redis that one server at a time asks."""
    with TemporaryDirectory(prefix="counted-") as folder:
        redis = RedisProcess(Path(folder))
        yield redis
        redis.kill()


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
    end_all(started)
