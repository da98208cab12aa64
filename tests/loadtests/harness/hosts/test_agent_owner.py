"""What was not started by an agent is found by it, and is read there as it would be read here."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.hosts.hosts_file import ServingHost
from authbench.contracts.target.target_file import InCgroup, InContainer, Which
from authbench.contracts.target.whose_cpu import WhoseCpu
from loadtests.harness.hosts.agent_host import AgentHost
from loadtests.harness.hosts.agent_link import AgentLink
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.server import LOOPBACK
from loadtests.harness.telemetry.cpu_clock import process_cpu_ns
from tests.loadtests.harness.hosts.live_agent import agent, carrier, descendants
from tests.loadtests.harness.whose_cpu.control_groups import countable, made_in

KEY = "processes.server"


def whose(which: Which, port: int = 9) -> WhoseCpu:
    return WhoseCpu(which=which, listens_at=[(LOOPBACK, port)], key=KEY)


@pytest.fixture
def busy() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that computes until it is killed."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        yield process
        process.kill()


def work(pid: int, for_ns: int = 30_000_000) -> None:
    """Wait until the process has used so much CPU time."""
    until_ns = process_cpu_ns(pid) + for_ns
    while process_cpu_ns(pid) < until_ns:
        pass


def test_the_same_clock_is_read_there_as_here(place: Path, busy: "subprocess.Popen[bytes]") -> None:
    pid = busy.pid
    with agent(place) as (_, host):
        server = host.observe("a", whose([pid]))
        assert server.pids() == [pid]
        assert server.processors() == sorted(os.sched_getaffinity(pid))
        earliest_ns = process_cpu_ns(pid)
        told_ns = server.cpu_ns()
        assert earliest_ns <= told_ns <= process_cpu_ns(pid)

        outer_ns = process_cpu_ns(pid)
        host.begin_readings("a")
        inner_ns = process_cpu_ns(pid)
        work(pid)
        least_ns = process_cpu_ns(pid) - inner_ns
        told = host.numbered_readings(host.end_readings("a"))
        assert least_ns <= told["app_cpu_ns"] <= process_cpu_ns(pid) - outer_ns
        assert told["store_cpu_ns"] is None, "nobody named the store"
        assert set(told["busy_ns"]) == set(told["steal"]) == set(host.numbered(host.layout.all))

        host.begin_readings("b")
        assert host.end_readings("b")["app_cpu_ns"] is None, "nobody named the server of this arm"


def test_a_store_is_read_in_the_slices_of_every_arm(place: Path, busy: "subprocess.Popen[bytes]") -> None:
    with agent(place) as (_, host):
        store = host.observe(None, whose([os.getpid()]))
        assert store.pids() == [os.getpid()]
        before_ns = process_cpu_ns(busy.pid)
        for arm in ("a", "b"):
            host.begin_readings(arm)
            work(busy.pid)
            told = host.end_readings(arm)
            assert told["store_cpu_ns"] >= process_cpu_ns(busy.pid) - before_ns, "its children are its own"
            assert told["app_cpu_ns"] is None
            before_ns = process_cpu_ns(busy.pid)


def test_who_listens_there(place: Path) -> None:
    with agent(place) as (_, host), socket.create_server((LOOPBACK, 0)) as listening:
        server = host.observe("a", whose("listening", listening.getsockname()[1]))
        assert os.getpid() in server.pids()


def test_a_control_group_there(place: Path, busy: "subprocess.Popen[bytes]") -> None:
    with made_in(countable()) as folder, agent(place) as (_, host):
        (folder / "cgroup.procs").write_text(str(busy.pid), "ascii")
        server = host.observe("a", whose(InCgroup(cgroup=str(folder))))
        assert server.pids() == [busy.pid]
        host.begin_readings("a")
        work(busy.pid)
        told = host.end_readings("a")
        assert told["app_cpu_ns"] > 0
        assert told["app_run_queue_wait_ns"] is None, "the kernel keeps none by group"
        busy.kill()
        busy.wait()


@pytest.mark.parametrize(
    ("which", "line"),
    [
        ([2**22], "there is no process 4194304"),
        ("listening", "no process that you may see listens on port 9: start it, give"),
        (
            InCgroup(cgroup="no/such"),
            "(there is no control group no/such|no control groups that)",
        ),
        (InContainer(container="no-such"), "container no-such"),
    ],
)
def test_what_is_not_there_is_one_line(which: Which, line: str, place: Path) -> None:
    with agent(place) as (_, host):
        with pytest.raises(Failure, match=rf"^elsewhere: {KEY}: {line}") as failure:
            host.observe("a", whose(which))
        assert failure.value.exit_code == ExitCode.USAGE
        assert "\n" not in str(failure.value)
        host.begin_readings("a")
        assert host.end_readings("a")["app_cpu_ns"] is None


def test_an_agent_that_may_not_see_it_says_so(place: Path) -> None:
    """Without capabilities root may not look into a process that has some: ptrace(2), access mode."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("an agent without capabilities needs root and setpriv")
    prefix = (*carrier(place / "there"), "setpriv", "--bounding-set=-all", "--inh-caps=-all")
    link = AgentLink("elsewhere", ServingHost(prefix=prefix), sorted(available_processors()), place / "log")
    try:
        host = AgentHost(link, link.wait_until_ready(), 1000)
        with socket.create_server((LOOPBACK, 0)) as listening:
            port = listening.getsockname()[1]
            line = f"elsewhere: {KEY}: no process that you may see listens on port {port}"
            with pytest.raises(Failure, match=line) as failure:
                host.observe("a", whose("listening", port))
        assert failure.value.exit_code == ExitCode.USAGE
    finally:
        link.stop()


def test_what_has_ended_is_told(place: Path, busy: "subprocess.Popen[bytes]") -> None:
    with agent(place) as (link, host):
        server = host.observe("a", whose([busy.pid]))
        host.begin_readings("a")
        busy.kill()
        busy.wait()
        with pytest.raises(ProcessLookupError):
            server.cpu_ns()
        with pytest.raises(Failure, match=r"^elsewhere: a: its server or the store ended during") as failure:
            host.end_readings("a")
        assert failure.value.exit_code == ExitCode.INVALID
        descendants(link.pid)[0].kill()
        with pytest.raises(Failure, match=r"the agent of elsewhere .* died") as failure:
            server.cpu_ns()
        assert failure.value.exit_code == ExitCode.INVALID
