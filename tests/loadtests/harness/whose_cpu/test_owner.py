"""What a target file names leads to whose CPU time is read."""

import os
import socket

import pytest

from authbench.contracts.failure import Failure
from authbench.contracts.target.target_file import InCgroup, InContainer
from loadtests.harness.telemetry.cpu_clock import Processes
from loadtests.harness.whose_cpu.control_group import hierarchies
from loadtests.harness.whose_cpu.owner import cpu_owner_of, require_apart

KEY = "processes.store"


def test_nobody_is_named() -> None:
    assert cpu_owner_of(None, "127.0.0.1", 80, KEY) is None


def test_process_ids_and_who_listens() -> None:
    named = cpu_owner_of([os.getpid()], "127.0.0.1", 80, KEY)
    assert named is not None
    assert named.pids() == [os.getpid()]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found = cpu_owner_of("listening", "127.0.0.1", listening.getsockname()[1], KEY)
    assert found is not None
    assert os.getpid() in found.pids()


def test_a_container_and_a_control_group_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    if hierarchies():
        with pytest.raises(Failure, match=rf"{KEY}: there is no control group no/such"):
            cpu_owner_of(InCgroup(cgroup="no/such"), "127.0.0.1", 80, KEY)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Failure, match=rf"{KEY}: container shop: neither docker nor podman is on PATH"):
        cpu_owner_of(InContainer(container="shop"), "127.0.0.1", 80, KEY)


def test_no_process_counts_twice() -> None:
    own, parent = Processes([os.getpid()]), Processes([os.getppid()])
    require_apart([None, own], parent)
    require_apart([own, own], None)
    with pytest.raises(Failure, match=rf"process {os.getpid()} is of processes\.server too"):
        require_apart([None, own], Processes([os.getppid(), os.getpid()]))
