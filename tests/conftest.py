import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.servers.redis_process import RedisProcess


def pytest_configure() -> None:
    """Do not hand ignored signals on to what the tests start: a job in a shell's background ignores SIGINT,
    one under nohup SIGHUP.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisProcess]:
    """One Redis for all tests that leave it running; share it by using different key prefixes."""
    # Not pytest's own folder: the path of a Unix socket has at most 107 bytes.
    with TemporaryDirectory(prefix="redis-") as folder:
        server = RedisProcess(Path(folder))
        yield server
        server.kill()
