"""What a target file names leads to whose CPU time is read."""

import os
import socket

import pytest

from authbench.contracts.failure import Failure
from authbench.contracts.target.target_file import InCgroup, InContainer, Which
from authbench.contracts.target.whose_cpu import WhoseCpu
from loadtests.harness.telemetry.cpu_clock import CpuOwner, Family, Processes
from loadtests.harness.whose_cpu.control_group import hierarchies
from loadtests.harness.whose_cpu.owner import find_owner, require_apart

KEY = "processes.store"


def found(which: Which, *ports: int, store: bool = False) -> CpuOwner:
    listens_at = [("127.0.0.1", port) for port in ports]
    return find_owner(WhoseCpu(which=which, listens_at=listens_at, key=KEY), store=store)


def test_process_ids_and_who_listens() -> None:
    assert found([os.getpid()]).pids() == [os.getpid()]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert os.getpid() in found("listening", port).pids()
        of_store = found("listening", port, port, store=True)
    assert isinstance(of_store, Family), "its children are read with it"
    assert of_store.pids() == [os.getpid()]


def test_a_container_and_a_control_group_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    if hierarchies():
        with pytest.raises(Failure, match=rf"{KEY}: there is no control group no/such"):
            found(InCgroup(cgroup="no/such"))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Failure, match=rf"{KEY}: container shop: neither docker nor podman is on PATH"):
        found(InContainer(container="shop"))


def test_no_process_counts_twice() -> None:
    own, parent = Processes([os.getpid()]), Processes([os.getppid()])
    require_apart([None, own], parent)
    require_apart([own, own], None)
    with pytest.raises(Failure, match=rf"process {os.getpid()} is of processes\.server too"):
        require_apart([None, own], Processes([os.getppid(), os.getpid()]))
