"""Servers that are forked behave, and end, as those that are started do."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from authbench.contracts.failure import ExitCode, Failure
from loadtests.harness.processes.fork_server import ForkServer
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.server import Server

_STARTER = """
import sys
from pathlib import Path
from loadtests.harness.processes.fork_server import ForkServer
from loadtests.harness.processes.server import Server
forks = ForkServer()
server = Server("none", "forked", {{"scheme": "none"}}, [{cpu}], Path({folder!r}), start=forks.start)
server.wait_until_ready()
print(server.pid, flush=True)
sys.stdin.read()
"""


def test_each_has_its_own_settings_processors_environment_and_log(tmp_path: Path) -> None:
    cpu = min(available_processors())
    with ForkServer() as forks:
        servers = [
            Server(
                scheme,
                scheme,
                {"scheme": scheme},
                [cpu],
                tmp_path,
                environment={"ONLY_HERE": scheme},
                start=forks.start,
            )
            for scheme in ("none", "jwt-hs256")
        ]
        for server in servers:
            server.wait_until_ready()
            assert server.card().name == server.arm
            assert os.sched_getaffinity(server.pid) == {cpu}
            assert os.getsid(server.pid) == server.pid
            with server.connect() as connection:
                assert connection.request("GET", "/public").status == 200
            assert not server.child.ended()
        assert servers[0].port != servers[1].port
        for server in servers:
            server.stop()
            assert server.child.ended()
            assert not psutil.pid_exists(server.pid)
            assert (tmp_path / f"{server.arm}.log").read_text() == ""


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with ForkServer() as forks:
        server = Server("x", "x", {"scheme": "nosuch"}, available_processors(), tmp_path, start=forks.start)
        with pytest.raises(Failure, match="nosuch") as refused:
            server.wait_until_ready()
        assert refused.value.exit_code is ExitCode.USAGE
        server.stop()


def test_a_death_is_told_with_its_signal(tmp_path: Path) -> None:
    with ForkServer() as forks:
        server = Server("none", "n", {"scheme": "none"}, available_processors(), tmp_path, start=forks.start)
        server.wait_until_ready()
        os.kill(server.pid, signal.SIGKILL)
        assert "killed by signal 9" in str(server.child.death())
        server.stop()


def test_servers_end_with_the_fork_server(tmp_path: Path) -> None:
    with ForkServer() as forks:
        server = Server("none", "n", {"scheme": "none"}, available_processors(), tmp_path, start=forks.start)
        server.wait_until_ready()
        process = psutil.Process(server.pid)
    psutil.wait_procs([process], timeout=60)
    assert not process.is_running()
    assert server.child.ended()
    server.stop()


def test_servers_end_with_a_starter_that_was_killed(tmp_path: Path) -> None:
    code = _STARTER.format(cpu=min(available_processors()), folder=str(tmp_path))
    starter = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert starter.stdout is not None
    server = psutil.Process(int(starter.stdout.readline()))
    starter.kill()
    starter.communicate()
    server.wait(timeout=30)
