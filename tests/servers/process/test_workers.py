"""Several processes behind one port, over real HTTP."""

import http.client
from pathlib import Path

import psutil
import pytest

from tests.servers.conftest import Serve
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess, close_pipes, launch

SHARED = ["session-redis", "jwt-hs256", "jwt-rs256", "session-signed-cookie", "jwt-cookie"]


def several(serve: Serve, folder: Path, scheme: str, redis: RedisProcess) -> ServerProcess:
    return serve(
        scheme=scheme,
        workers=3,
        redis_url=redis.url,
        redis_key_prefix=f"workers-{scheme}:",
        database_url=f"sqlite+aiosqlite:///{folder}/database",
    )


def statuses(server: ServerProcess, headers: dict[str, str], times: int = 12) -> list[int]:
    """Each over a connection of its own, which any of the processes may accept."""
    found = []
    for _ in range(times):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        found.append(server.request("GET", "/me", headers, connection=connection).status)
        connection.close()
    return found


@pytest.mark.parametrize("scheme", SHARED)
def test_each_knows_the_credentials_of_the_others(
    serve: Serve, folder: Path, redis_server: RedisProcess, scheme: str
) -> None:
    server = several(serve, folder, scheme, redis_server)
    (headers,) = server.seed()
    before = server.ask("counters")["requests_total"]
    assert statuses(server, headers) == [200] * 12
    assert server.ask("counters")["requests_total"] == before + 12
    pids = server.ask("processes")["pids"]
    assert len(set(pids)) == 3
    server.stop()
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_when_the_first_is_killed_the_others_die(
    serve: Serve, folder: Path, redis_server: RedisProcess
) -> None:
    server = several(serve, folder, "session-redis", redis_server)
    others = [psutil.Process(pid) for pid in server.ask("processes")["pids"][1:]]
    psutil.Process(server.pid).kill()
    gone, alive = psutil.wait_procs(others, timeout=60)
    assert (len(gone), alive) == (2, [])


def test_without_a_shared_database_there_is_one_line() -> None:
    process, answer = launch({"scheme": "none", "workers": 2})
    assert "give --database-url" in answer["error"]
    process.wait(60)
    close_pipes(process)
