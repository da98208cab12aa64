"""Processes are those that are named, or that listen on the port of this very address."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from loadtests.harness.whose_cpu.processes import existing, listening_at, with_children


def test_a_process_is_counted_once_and_no_other_address_is_its_own() -> None:
    assert existing([os.getpid()] * 2, "processes.server") == [os.getpid()]
    with pytest.raises(Failure, match="there is no process 1180591620717411303424"):
        existing([2**70], "processes.server")
    with socket.create_server(("127.0.0.2", 0)) as other:
        port = other.getsockname()[1]
        assert os.getpid() in with_children(listening_at("127.0.0.2", port, "processes.server"))
        with pytest.raises(Failure, match="no process that you may see listens"):
            listening_at("127.0.0.1", port, "processes.server")


def test_a_process_that_only_passes_on_is_not_the_service(tmp_path: Path) -> None:
    forwarder = tmp_path / "docker-proxy"
    forwarder.write_text(
        f"#!{sys.executable}\nimport socket, sys\ns = socket.create_server(('127.0.0.1', 0))\n"
        "print(s.getsockname()[1], flush=True)\nsys.stdin.read()\n",
        "utf-8",
    )
    forwarder.chmod(0o700)
    with subprocess.Popen([forwarder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running_:
        assert running_.stdout is not None
        port = int(running_.stdout.readline())
        with pytest.raises(Failure, match=rf"docker-proxy listens on port {port}, which only passes on"):
            listening_at("127.0.0.1", port, "processes.server")
        running_.communicate("")
