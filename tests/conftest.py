import atexit
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings

from tests.servers.postgres_process import PostgresProcess, programs
from tests.servers.redis_process import RedisProcess

# No time is asserted, and the same examples are tried each time: a change is not blamed for what another one
# did. Whoever looks for more takes `--hypothesis-profile search`.
settings.register_profile(
    "same",
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("search", settings.get_profile("same"), derandomize=False, max_examples=1000)
settings.load_profile("same")


def pytest_configure() -> None:
    """Do not hand ignored signals on to what the tests start: a job in a shell's background ignores SIGINT,
    one under nohup SIGHUP.

    Each worker process of pytest-xdist has a temporary folder of its own: measurements of one folder wait for
    one another. It goes when all else that ends with the process is done: multiprocessing has a folder in it.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        os.environ["TMPDIR"] = tempfile.tempdir = tempfile.mkdtemp(prefix=f"{worker}-")
        # The first that is registered is the last that is called.
        atexit.register(shutil.rmtree, tempfile.tempdir, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let whole runs come first: they are long."""
    items.sort(key=lambda item: item.get_closest_marker("integration") is None)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder with a short path: below pytest's own, the path of a Unix socket would get too long."""
    with TemporaryDirectory(prefix="test-") as path:
        yield Path(path)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisProcess]:
    """One Redis for all tests of a worker that leave it running; they share it by different key prefixes."""
    # Not pytest's own folder: the path of a Unix socket has at most 107 bytes.
    with TemporaryDirectory(prefix="redis-") as folder:
        server = RedisProcess(Path(folder))
        yield server
        server.kill()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresProcess]:
    """One PostgreSQL for all tests of a worker that leave it running; each has a database of its own."""
    binaries = programs()
    if binaries is None:
        pytest.skip("no PostgreSQL is installed here (Debian, Ubuntu: the package 'postgresql')")
    if "PYTEST_XDIST_WORKER" in os.environ:
        # It refuses root, and as another user it must pass the worker's folder to reach its own.
        os.chmod(tempfile.gettempdir(), 0o711)
    with TemporaryDirectory(prefix="postgres-") as folder:
        server = PostgresProcess(Path(folder), binaries)
        yield server
        server.stop()
