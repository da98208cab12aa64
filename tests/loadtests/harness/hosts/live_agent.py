"""Agents as processes of their own on this machine, each with a temporary folder of its own, as on a host."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from authbench.contracts.hosts.hosts_file import ServingHost
from loadtests.harness.hosts.agent_host import AgentHost
from loadtests.harness.hosts.agent_link import AgentLink
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.server import LOOPBACK

SETTINGS = {"scheme": "session-redis", "store_deadline_ms": 5000}


def carrier(folder: Path) -> tuple[str, ...]:
    """A prefix that does what ssh does: its own process is not the agent, and ends before it.

    Nothing of the command is inherited but the pipe and a temporary folder, which is `folder`.
    """
    folder.mkdir(exist_ok=True)
    script = 'TMPDIR=$0 "$@"; exit $?'
    return ("sh", "-c", script, str(folder))


@contextmanager
def agent(folder: Path, python: str = sys.executable) -> Iterator[tuple[AgentLink, AgentHost]]:
    """An agent behind a carrier; it ends with the block."""
    host = ServingHost(prefix=carrier(folder / "there"), python=python, address=LOOPBACK)
    link = AgentLink("elsewhere", host, sorted(available_processors()), folder / "agent.log")
    try:
        ready = link.wait_until_ready()
        yield link, AgentHost(link, ready, 1000)
    finally:
        link.stop()


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def wait_until_gone(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=60)
    assert [each for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []


def start_alone(folder: Path) -> "subprocess.Popen[bytes]":
    """The command by itself, with pipes of its own."""
    return subprocess.Popen(
        [*carrier(folder / "there"), sys.executable, "-m", "authbench", "agent"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
