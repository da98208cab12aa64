"""A connection to a chosen worker process, and the kernel's word for whose it is."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from loadtests.clients.blocking_client import BlockingClient
from loadtests.revocation.workers import only_worker, owners, server_ends
from tests.servers.server_process import ServerProcess

_ROW = " {0}: {1} {2} 01 00000000:00000000 00:00000000 00000000     0        0 {3} 1 0 20 4 30 10 -1"
TABLE = "\n".join(
    [
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
        _ROW.format(0, "0100007F:1F90", "00000000:0000", 71101),
        _ROW.format(1, "0100007F:1F90", "0100007F:C35A", 71102),
        _ROW.format(2, "0100007F:C35A", "0100007F:1F90", 71103),
    ]
)


def test_the_servers_end_is_found_by_the_clients_port() -> None:
    assert server_ends(TABLE, 0x1F90) == {0xC35A: 71102}
    assert server_ends(TABLE, 0x1F91) == {}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    database = f"sqlite+aiosqlite:///{tmp_path}/accounts.sqlite"
    server = ServerProcess(tmp_path, scheme="session-signed-cookie", workers=3, database_url=database)
    yield server
    server.stop()


def test_each_worker_process_can_be_reached(server: ServerProcess) -> None:
    pids = server.ask("processes")["pids"]
    clients = []
    for worker in (2, 0, 1):
        with only_worker(pids, worker):
            client = BlockingClient("127.0.0.1", server.port)
            assert client.request("GET", "/public").status == 200
        clients.append(client)
    assert owners(server.port, [client.local_port for client in clients], pids) == [2, 0, 1]
    assert [client.request("GET", "/public").status for client in clients] == [200, 200, 200]
    for client in clients:
        client.close()


def test_the_others_are_stopped_and_go_on() -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
    processes = [subprocess.Popen(sleeper) for _ in range(2)]
    pids = [process.pid for process in processes]
    stopped = contextlib.ExitStack()
    stopped.enter_context(only_worker(pids, 1))
    assert [_state(pid) == "T" for pid in pids] == [True, False]
    stopped.close()
    assert _state(pids[0]) != "T"
    os.kill(pids[0], signal.SIGKILL)
    processes[0].wait()
    with pytest.raises(Failure, match="a worker process of the server died"), only_worker(pids, 1):
        pass
    processes[1].kill()
    processes[1].wait()


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
