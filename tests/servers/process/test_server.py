import io
import json
import signal
import socket
import subprocess
import sys
from typing import Any

import psutil
import pytest

from servers.process.server import main
from tests.servers.conftest import Serve
from tests.servers.redis_process import RedisProcess, free_port
from tests.servers.server_process import ServerProcess, close_pipes, launch


def refusal(settings: dict[str, Any]) -> str:
    """The one line of a process that does not start, with status 2."""
    process, answer = launch(settings)
    assert process.wait() == 2
    assert answer["exit_code"] == 2
    close_pipes(process)
    text: str = answer["error"]
    assert "\n" not in text
    return text


def test_sigterm_ends_it_cleanly_with_idle_connections_open(serve: Serve, redis_server: RedisProcess) -> None:
    server = serve(scheme="session-redis", redis_url=redis_server.url)
    idle = [server.connect() for _ in range(5)]
    for connection in idle:
        assert server.request("GET", "/public", connection=connection).status == 200
    assert server.stop() == 0
    for connection in idle:
        connection.close()


def test_sigint_too(serve: Serve) -> None:
    assert serve(scheme="none").stop(signal.SIGINT) == 0


def test_sigterm_while_it_starts(own_redis: RedisProcess) -> None:
    own_redis.freeze()
    process = subprocess.Popen(
        [sys.executable, "-m", "servers.process"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    settings = {"redis_url": own_redis.url, "port": free_port(), "store_deadline_ms": 60_000}
    process.stdin.write(json.dumps({"scheme": "session-redis", **settings}) + "\n")
    process.stdin.flush()
    # The socket is bound before the store is asked, and nothing is said until the store answers.
    while not [
        item for item in psutil.Process(process.pid).net_connections("tcp") if item.status == "LISTEN"
    ]:
        assert process.poll() is None
    process.terminate()
    assert process.wait(60) == 0
    assert process.stdout is not None
    assert process.stdout.read() == ""
    close_pipes(process)


def test_a_taken_port(running: dict[str, ServerProcess]) -> None:
    port = running["none"].port
    assert refusal({"scheme": "none", "port": port}) == (
        f"port {port} on 127.0.0.1 is taken: choose another with --port"
    )


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"scheme": "nothing"}, "unknown scheme 'nothing'"),
        ({"scheme": "no_such_module:Class"}, "cannot be imported"),
        ({}, "scheme: Field required"),
        ({"scheme": "none", "colour": "blue"}, "colour: Extra inputs are not permitted"),
        ({"scheme": "none", "host": "0.0.0.0"}, "unsafe by design"),
        ({"scheme": "jwt-hs256", "host": "0.0.0.0"}, "--public-origin"),
        (
            {
                "scheme": "jwt-hs256",
                "host": "0.0.0.0",
                "public_origin": "https://x.example",
                "demo_accounts": True,
            },
            "demo accounts",
        ),
        ({"scheme": "jwt-hs256", "public_origin": "http://x.example"}, "not an https origin"),
        ({"scheme": "jwt-hs256", "keys_directory": "/nowhere/keys"}, "cannot be made"),
        ({"scheme": "none", "host": "192.0.2.1"}, "192.0.2.1"),
        (
            {"scheme": "jwt-hs256", "host": "192.0.2.1", "public_origin": "https://x.example"},
            "cannot listen on 192.0.2.1",
        ),
        (
            {"scheme": "jwt-hs256", "host": "no-such-host.invalid", "public_origin": "https://x.example"},
            "cannot listen on no-such-host.invalid",
        ),
        ({"scheme": "session-redis"}, "needs a Redis"),
        ({"scheme": "session-redis", "redis_url": "unix:///nowhere/redis.sock"}, "no usable Redis"),
    ],
)
def test_refusals(
    settings: dict[str, Any],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(settings) + "\n"))
    assert main() == 2
    answer = json.loads(capsys.readouterr().out)
    assert answer["exit_code"] == 2
    assert reason in answer["error"]
    assert "\n" not in answer["error"]


def test_no_settings_at_all() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "servers.process"], input="", capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert json.loads(done.stdout)["exit_code"] == 2
    assert done.stderr == ""


def test_ipv6() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 loopback here")
    process, answer = launch({"scheme": "none", "host": "::1"})
    with socket.create_connection(("::1", answer["port"])) as client:
        client.sendall(b"GET /public HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert client.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"
    process.terminate()
    assert process.wait(60) == 0
    close_pipes(process)
