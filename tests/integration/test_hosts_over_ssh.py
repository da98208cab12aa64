"""A run whose application, store and load generators are behind a real ssh daemon."""

import json
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from authbench.contracts.failure import ExitCode
from authbench.contracts.run_directory import read_manifest
from loadtests.harness.processes.server import LOOPBACK
from tests.integration.front_door import MANY_CYCLES, front_door, words_of, write_mini
from tests.loadtests.harness.hosts.ssh_daemon import SshDaemon, needs_sshd, ssh_daemon

pytestmark = [pytest.mark.integration, needs_sshd]


@pytest.fixture
def daemon() -> Iterator[tuple[Path, SshDaemon]]:
    """A folder whose path is short enough for sockets below it, and the daemon whose commands work there."""
    with tempfile.TemporaryDirectory(prefix="ab", ignore_cleanup_errors=True) as name:
        there = Path(name) / "there"
        there.mkdir()
        with ssh_daemon(there) as started:
            yield Path(name), started


def _arguments(folder: Path, daemon: SshDaemon, cycles: int = 2) -> list[str]:
    """Of the command. Parts that share a prefix share a host."""
    prefix = f"prefix = {json.dumps(daemon.prefix)}"
    serving = [f'[{part}]\n{prefix}\naddress = "{LOOPBACK}"' for part in ("application", "store")]
    path = folder / "hosts.toml"
    path.write_text("\n".join([*serving, *[f"[[generators]]\n{prefix}"] * 2]), "utf-8")
    return ["run", write_mini(folder, cycles=cycles), "--hosts", str(path)]


def _there(daemon: SshDaemon) -> list[psutil.Process]:
    """What the daemon has started: connections, agents and what these have started."""
    return psutil.Process(daemon.pid).children(recursive=True)


def test_a_run_over_ssh(daemon: tuple[Path, SshDaemon]) -> None:
    folder, started = daemon
    with front_door(folder, *_arguments(folder, started), "--json") as run:
        code, out, errors = run.end()
        assert code == ExitCode.DONE, errors
        assert json.loads(out)["status"] == "VALID"
    psutil.wait_procs(_there(started), timeout=60)
    assert _there(started) == []
    (raw,) = (folder / "results" / "raw").iterdir()
    assert read_manifest(raw).elsewhere == ["application", "store", "generators"]
    assert not list((folder / "there").rglob("run-*")), "no scratch directory stays there"


def test_nothing_is_left_behind_ssh_when_the_run_is_killed(daemon: tuple[Path, SshDaemon]) -> None:
    folder, started = daemon
    with front_door(folder, *_arguments(folder, started, MANY_CYCLES)) as run:
        run.wait_for("generation 1: measuring")
        everywhere = _there(started)
        assert any("servers.process" in words_of(each) for each in everywhere)
        run.process.send_signal(signal.SIGKILL)
        run.end()
        psutil.wait_procs(everywhere, timeout=60)
    assert _there(started) == []
    assert not list((folder / "there").rglob("run-*")), "the agent cleans up also where the run was killed"
