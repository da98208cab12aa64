"""`authbench run --target --hosts`: a service on another host, whose CPU an agent reads there."""

import contextlib
import csv
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from authbench.contracts.failure import ExitCode
from authbench.contracts.records import HOST_STEP
from authbench.contracts.run_directory import read_manifest, read_slices
from loadtests.harness.telemetry.cpu_clock import process_cpu_ns
from tests.integration.front_door import FrontDoor, front_door
from tests.loadtests.harness.hosts.live_agent import carrier
from tests.loadtests.harness.load.namespaces import Host, hosts, needs_namespaces
from tests.loadtests.harness.target.shop import PASSWORD, USERS

pytestmark = [pytest.mark.integration, needs_namespaces]

PORT = 8100
SERVICE = """
import uvicorn
from tests.loadtests.harness.target.shop import NumberedConnection, Shop
application = Shop().application()
uvicorn.run(application, host={host!r}, port={port}, http=NumberedConnection, log_level="warning", ws="none")
"""
TARGET = """
name = "shop"
base_url = "http://{host}:{port}"
users = {{ file = "users.csv" }}
processes = {{ server = {server} }}
[run]
slice_s = 0.4
cycles = 2
generations_min = {generations}
generations_max = {generations}
rate_rps = 60
closed_loop_s = 0.4

[[variants]]
name = "session"
credential = {{ cookie = "sid" }}
lifetime = {{ cookie = true }}
endpoints = [{{ path = "/me", contains = "{{username}}" }}]
[variants.login]
path = "/login"
body = {{ username = "{{username}}", password = "{{password}}" }}
csrf = {{ path = "/csrf", token = {{ cookie = "csrf" }}, send_header = "X-CSRF-Token" }}
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder whose path is short enough for sockets below it, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="ab", ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextmanager
def service_at(host: Host) -> Iterator["subprocess.Popen[bytes]"]:
    """The shop in a process that nobody but this test starts and ends, with the network of that host."""
    script = SERVICE.format(host=host.address, port=PORT)
    with subprocess.Popen([*host.prefix, sys.executable, "-c", script]) as process:
        try:
            deadline_s = time.monotonic() + 60
            while True:
                with contextlib.suppress(OSError):
                    socket.create_connection((host.address, PORT), 1).close()
                    break
                assert process.poll() is None
                assert time.monotonic() < deadline_s, "it does not listen"
                time.sleep(0.1)
            yield process
        finally:
            process.kill()


def another_kernel(folder: Path) -> list[str]:
    """A prefix behind which the kernel seems to be another one: its processors have numbers of their own."""
    boot = folder / "boot_id"
    boot.write_text("another\n", "ascii")
    script = f'mount --bind {boot} /proc/sys/kernel/random/boot_id && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, "sh"]


def prepare(folder: Path, host: Host, server: str, generations: int = 1) -> list[str]:
    """Write the files of a run; the arguments of its command."""
    prefix = [*carrier(folder / "there"), *host.prefix, *another_kernel(folder)]
    (folder / "hosts.toml").write_text(f"[application]\nprefix = {json.dumps(prefix)}\n", "utf-8")
    with (folder / "users.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("username", "password"), *((name, PASSWORD) for name in USERS)])
    content = TARGET.format(host=host.address, port=PORT, server=server, generations=generations)
    (folder / "target.toml").write_text(content, "utf-8")
    confirmed = ["--confirm-host", host.address]
    return ["run", "--target", "target.toml", "--hosts", "hosts.toml", *confirmed]


def agents(door: FrontDoor) -> list[psutil.Process]:
    return [each for each in door.family() if each.cmdline()[-3:] == ["-m", "authbench", "agent"]]


def test_its_cpu_is_read_there(place: Path) -> None:
    with hosts(1) as (host,), service_at(host) as service:
        begun_ns = process_cpu_ns(service.pid)
        with front_door(place, *prepare(place, host, '"listening"'), "--json") as door:
            code, out, errors = door.end()
            assert not door.family()
        spent_ns = process_cpu_ns(service.pid) - begun_ns
        assert service.poll() is None, "nobody but its owner ends it"
    assert code in (ExitCode.DONE, ExitCode.INVALID), errors
    summary = json.loads(out)
    assert all(arm["cpu_app_us"]["value"] > 0 for arm in summary["arms"])
    (raw,) = (place / "results" / "raw").iterdir()
    manifest = read_manifest(raw)
    assert manifest.service is not None
    variant = manifest.service.variants["session"]
    assert (variant.processes, variant.cpu_by) == (1, "who listens, by an agent on their host")
    assert manifest.elsewhere == ["application"]
    assert manifest.command == "authbench run --target target.toml --hosts FILE"
    (record,) = manifest.hosts
    assert (record.name, record.parts) == ("application", ["application"])
    assert manifest.placement is not None
    assert manifest.placement.app == record.processors
    assert min(record.processors) >= HOST_STEP
    assert max(manifest.placement.generator) < HOST_STEP
    assert manifest.placement.shared == [], "the kernels are others, as far as anybody can tell"
    slices = [judged.measured for judged in read_slices(raw)]
    read_ns = [one.app_cpu_ns for one in slices]
    assert all(read_ns)
    assert sum(each or 0 for each in read_ns) < spent_ns, "the same clock, which goes on between slices"
    for one in slices:
        assert one.steal is not None
        assert one.busy_ns is not None
        assert set(record.processors) < set(one.busy_ns) == set(one.steal), "V28 adds those of both hosts"
    page = (place / "results" / "derived" / manifest.run_id / "report.html").read_text("utf-8")
    assert "who listens, by an agent on their host" in page
    assert list((place / "there").rglob("run-*")) == []


def test_an_agent_that_dies_ends_the_run_and_not_the_service(place: Path) -> None:
    with hosts(1) as (host,), service_at(host) as service:
        arguments = prepare(place, host, f"[{service.pid}]", generations=20)
        with front_door(place, *arguments) as door:
            door.wait_for("generation 1: measuring")
            for agent in agents(door):
                agent.send_signal(signal.SIGKILL)
            code, _, errors = door.end(90)
            assert not door.family()
        assert service.poll() is None
    assert code == ExitCode.INVALID, errors
    told = errors.splitlines()[-1]
    assert "the agent of application" in told
    assert "The run is marked as not complete" in told
    (raw,) = (place / "results" / "raw").iterdir()
    assert read_manifest(raw).status == "aborted"


def test_a_service_that_dies_there_is_told(place: Path) -> None:
    with hosts(1) as (host,), service_at(host) as service:
        arguments = prepare(place, host, f"[{service.pid}]", generations=20)
        with front_door(place, *arguments) as door:
            door.wait_for("generation 1: measuring")
            service.kill()
            code, _, errors = door.end(90)
            assert not door.family()
    assert code == ExitCode.INVALID, errors
