"""A run whose parts are on other hosts: two generators, an application and a store, each with a network stack
of its own.
"""

import json
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from authbench.contracts.failure import ExitCode
from authbench.contracts.run_directory import read_manifest, read_samples, read_slices, samples_files
from tests.integration.front_door import MANY_CYCLES, FrontDoor, front_door, words_of, write_mini
from tests.loadtests.harness.hosts.live_agent import carrier
from tests.loadtests.harness.load.namespaces import Host, hosts, let_them_meet, needs_namespaces

pytestmark = [pytest.mark.integration, needs_namespaces]

_PARTS = ("application", "store", "one", "two")


def _prefix(host: Host, folder: Path) -> list[str]:
    """A command there, with a temporary folder of that host."""
    return [*carrier(folder), *host.prefix]


def _write_hosts(found: list[Host], folder: Path) -> Path:
    """The hosts file. JSON's lists of strings are TOML's."""
    lines = []
    for host, part in zip(found, _PARTS, strict=True):
        lines.append(f"[{part}]" if part in ("application", "store") else "[[generators]]")
        lines.append(f"prefix = {json.dumps(_prefix(host, folder / part))}")
        if part in ("application", "store"):
            lines.append(f'address = "{host.address}"')
    path = folder / "hosts.toml"
    path.write_text("\n".join(lines), "utf-8")
    return path


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder whose path is short enough for sockets below it, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="ab", ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextmanager
def _run_on_hosts(folder: Path, *more: str, cycles: int = 2) -> Iterator[FrontDoor]:
    with ExitStack() as stack:
        found = stack.enter_context(hosts(len(_PARTS)))
        let_them_meet(found)
        file = _write_hosts(found, folder)
        experiment = write_mini(folder, cycles=cycles)
        yield stack.enter_context(front_door(folder, "run", experiment, "--hosts", str(file), *more))


def _raw(folder: Path) -> Path:
    (path,) = (folder / "results" / "raw").iterdir()
    return path


def test_a_run_on_four_hosts(place: Path) -> None:
    with _run_on_hosts(place, "--json") as run:
        code, out, errors = run.end()
        assert code == ExitCode.DONE, errors
        summary = json.loads(out)
        assert summary["status"] == "VALID"
        assert not run.family()
    manifest = read_manifest(_raw(place))
    assert manifest.elsewhere == ["application", "store", "generators"]
    assert manifest.generators == 2
    assert {host.name: host.parts for host in manifest.hosts} == {
        "application": ["application"],
        "store": ["store"],
        "generator 1": ["generators"],
        "generator 2": ["generators"],
    }
    assert all(host.round_trip_us > 0 for host in manifest.hosts)
    assert summary["hosts"] == [host.model_dump(mode="json") for host in manifest.hosts]
    assert manifest.placement is not None
    assert manifest.placement.app
    assert manifest.placement.store
    assert manifest.command.endswith(" --hosts FILE"), "where the hosts are is nobody's business"
    slices = [judged.measured for judged in read_slices(_raw(place)) if not judged.void_because]
    assert slices
    for measured in slices:
        assert set(measured.clocks) == {"generator 1", "generator 2"}
        assert measured.app_cpu_ns
        assert measured.store_cpu_ns is not None
        assert measured.server_requests is not None
        assert measured.server_requests >= measured.completed
    rows = sum(read_samples(path).num_rows for path in samples_files(_raw(place)).values())
    assert rows == sum(measured.scheduled for measured in slices)
    left = [path for part in _PARTS for path in (place / part).rglob("run-*")]
    assert left == [], "no scratch directory stays on any host"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_on_any_host(how: signal.Signals, place: Path) -> None:
    with _run_on_hosts(place, cycles=MANY_CYCLES) as run:
        run.wait_for("generation 1: measuring")
        everywhere = run.family()
        assert len([each for each in everywhere if "servers.process" in words_of(each)]) >= 4
        run.process.send_signal(how)
        code, _, _ = run.end()
        assert code == (ExitCode.INTERRUPTED if how == signal.SIGINT else -signal.SIGKILL)
        psutil.wait_procs(everywhere, timeout=60)
        assert [words_of(each) for each in run.family()] == []
    left = [path for part in ("application", "store") for path in (place / part).rglob("run-*")]
    assert left == [], "agents clean up also where the run was killed"
