import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from authbench.cli.serve import serve
from authbench.contracts.failure import Failure
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess

APPLICATION = """
import sys, typer
from authbench.cli.serve import serve
from authbench.contracts.failure import Failure
app = typer.Typer()
app.command()(serve)
try:
    app(standalone_mode=False)
except Failure as failure:
    print(failure, file=sys.stderr)
    sys.exit(failure.exit_code)
"""


def start(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", APPLICATION, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TERM": "dumb", **environment},
    )


def test_importing_it_does_not_import_the_server() -> None:
    code = "import sys, authbench.cli.serve; print({'fastapi', 'uvicorn', 'redis', 'jwt'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_it_says_where_and_how_and_ends_with_ctrl_c() -> None:
    process = start("jwt-hs256", "--port", "0", "--demo-accounts")
    assert process.stdout is not None
    block = [process.stdout.readline() for _ in range(5)]
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert block[0].startswith("http://127.0.0.1:")
    assert "jwt-hs256" in block[1]
    assert "a signed token" in block[2]
    assert '"username":"alice"' in block[3]
    assert "--keys DIR" in block[4]


def test_keys_are_kept_and_the_store_is_named_by_the_environment(
    redis_server: RedisProcess, tmp_path: Path
) -> None:
    """Nothing of the store stands in the command line, which everybody can read."""
    keys = tmp_path / "keys"
    made = []
    for _ in range(2):
        process = start(
            "session-redis", "--port", "0", "--keys", str(keys), AUTHBENCH_REDIS_URL=redis_server.url,
            AUTHBENCH_DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path}/accounts",
        )  # fmt: skip
        assert process.stdout is not None
        block = [process.stdout.readline() for _ in range(4)]
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
        assert block[0].startswith("http://127.0.0.1:")
        assert "random" not in out
        made.append({path.name: path.read_bytes() for path in keys.iterdir()})
    assert made[0] == made[1]
    assert (tmp_path / "accounts").is_file()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("arguments", [("session-redis",), ("jwt-rs256", "--oauth", "--workers", "2")])
def test_the_store_it_starts_is_reached_from_here_alone_and_ends_with_it(
    arguments: tuple[str, ...], number: signal.Signals, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "authbench", "serve", *arguments, "--port", "0", "--demo-accounts"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert process.stdout is not None
    block = [process.stdout.readline() for _ in range(4)]
    assert "started for this server: what it keeps ends with it" in block[3], process.communicate()[1]
    children = psutil.Process(process.pid).children(recursive=True)
    stores = [child for child in children if child.name().startswith(("redis", "valkey"))]
    addresses = {socket.laddr.ip for store in stores for socket in store.net_connections("tcp")}
    assert (len(stores), addresses) == (1, {"127.0.0.1"})
    process.send_signal(number)
    process.communicate(timeout=60)
    assert psutil.wait_procs(children, timeout=60)[1] == []
    if number is not signal.SIGKILL:
        assert not list(tmp_path.glob("authbench-*/run-*"))


def _read(origin: str, cookies: dict[str, str]) -> int:
    """The status of one read; asked again where the store took longer than its deadline to answer."""
    for _ in range(20):
        if (status := httpx.get(f"{origin}/me", cookies=cookies, timeout=60).status_code) != 503:
            break
    return status


def test_workers_share_sessions_and_accounts_that_nobody_named(tmp_path: Path) -> None:
    process = start("session-redis", "--port", "0", "--demo-accounts", "--workers", "3", TMPDIR=str(tmp_path))
    assert process.stdout is not None
    origin = process.stdout.readline().strip()
    try:
        statuses = []
        with httpx.Client(base_url=origin, headers={"Origin": origin}, timeout=60) as client:
            token = client.get("/csrf").cookies["dev-csrf"]
            account = {"username": "alice", "password": "correct horse battery staple"}
            assert client.post("/login", json=account, headers={"X-CSRF-Token": token}).status_code == 200
            cookies = dict(client.cookies)
        for _ in range(12):  # a new connection each time, so that each worker gets some
            statuses.append(_read(origin, cookies))
        assert statuses == [200] * 12
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in errors


def test_no_private_key_is_left_when_it_is_killed(tmp_path: Path) -> None:
    process = start("none", "--port", "0", "--tls", TMPDIR=str(tmp_path))
    assert process.stdout is not None
    assert process.stdout.readline().startswith("https://")
    process.kill()
    process.communicate(timeout=60)
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"authority.pem", "certificate.pem"} <= {path.name for path in left}
    assert not [path for path in left if b"PRIVATE" in path.read_bytes()]


def test_what_a_killed_one_leaves_is_removed_by_the_next(tmp_path: Path) -> None:
    """Password hashes and sessions, and certificates."""
    for number in (signal.SIGKILL, signal.SIGINT):
        process = start("session-sql", "--port", "0", "--tls", TMPDIR=str(tmp_path))
        assert process.stdout is not None
        assert process.stdout.readline().startswith("https://")
        assert {"database.sqlite", "session_database.sqlite", "certificate.pem"} <= {
            path.name for path in tmp_path.rglob("*")
        }
        process.send_signal(number)
        process.communicate(timeout=60)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_help_has_an_example() -> None:
    out, _ = start("--help", COLUMNS="200").communicate(timeout=60)
    assert "Example: authbench serve jwt-hs256 --demo-accounts" in out
    for option in (
        "--host",
        "--port",
        "--redis-url",
        "--database-url",
        "--redis-password-file",
        "AUTHBENCH_REDIS_URL",
        "AUTHBENCH_DATABASE_URL",
        "--session-database-url",
        "--keys",
        "--public-origin",
        "--demo-accounts",
    ):
        assert option in out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"scheme": "nothing"}, "unknown scheme 'nothing'"),
        ({"scheme": "none", "host": "0.0.0.0"}, "unsafe by design"),
        ({"scheme": "jwt-hs256", "host": "0.0.0.0"}, "--public-origin"),
        ({"scheme": "jwt-hs256", "public_origin": "http://x.example"}, "not an https origin"),
        ({"scheme": "session-redis", "redis_url": "redis://127.0.0.1:1/0"}, "no usable Redis at redis://127"),
        ({"scheme": "jwt-hs256", "keys": "/nowhere/keys"}, "/nowhere/keys: the keys cannot be made"),
        ({"scheme": "none", "database_url": "mysql+asyncmy://127.0.0.1/x"}, "install the package asyncmy"),
    ],
)
def test_refusals(arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(Failure, match=reason):
        serve(**{"port": 0, **arguments})


def test_a_taken_port(running: dict[str, ServerProcess]) -> None:
    port = running["none"].port
    with pytest.raises(Failure, match=f"port {port} on 127.0.0.1 is taken: choose another with --port"):
        serve("none", port=port)
