"""The locustfile as people use it: under the locust command, which patches its own process and not ours."""

import json
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from authbench.contracts.failure import ExitCode
from tests.loadtests.scripted_server import ScriptedServer
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess

LOCUSTFILE = Path(__file__).parents[2] / "loadtests" / "locustfile.py"
ENDING = Path(__file__).with_name("ending_locustfile.py")
LIFETIME_S = 6
"""Of access tokens: they are renewed a second at least before they expire, which a busy machine needs."""


def locust(
    host: str | None,
    *options: str,
    files: tuple[Path, ...] = (LOCUSTFILE,),
    run_time_s: int = 60,
    enough: tuple[str, ...] = (),
    enough_failed: tuple[str, ...] = (),
    until: Callable[[], bool] | None = None,
) -> "subprocess.CompletedProcess[str]":
    """A whole run. It ends when there is `enough` (see ending_locustfile.py), or with a signal at `until`.

    The run time is for those that never get there.
    """
    if enough or enough_failed:
        files = (*files, ENDING)
        options = (*options, *(f"--enough={each}" for each in enough))
        options = (*options, *(f"--enough-failed={each}" for each in enough_failed))
    command = [sys.executable, "-m", "locust", "-f", ",".join(map(str, files)), "--headless", "--json"]
    process = subprocess.Popen(
        [*command, "--run-time", str(run_time_s), *(["--host", host] if host else []), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if until is not None:
        while process.poll() is None and not until():
            time.sleep(0.02)
        process.terminate()
    out, errors = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, errors)


def entries(told: "subprocess.CompletedProcess[str]") -> dict[tuple[str, str], dict[str, Any]]:
    """Locust's statistics by method and path; of several processes the last is the master, which has all."""
    last = told.stdout[told.stdout.rindex("\n[" if "\n[" in told.stdout else "[") :]
    return {(entry["method"], entry["name"]): entry for entry in json.loads(last)}


def spawned(told: "subprocess.CompletedProcess[str]") -> dict[str, int]:
    """What Locust says it spawned, by class."""
    match = re.search(r"All users spawned: (\{.*\})", told.stderr)
    assert match is not None, told.stderr
    counts: dict[str, int] = json.loads(match[1])
    return counts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s")


@pytest.fixture(scope="module")
def sessions(redis_server: RedisProcess, folder: Path) -> Iterator[ServerProcess]:
    (folder / "sessions").mkdir()
    server = ServerProcess(
        folder / "sessions",
        scheme="session-redis",
        redis_url=redis_server.url,
        redis_key_prefix="locust-sessions:",
    )
    yield server
    server.stop()


@pytest.fixture(scope="module")
def tokens(redis_server: RedisProcess, folder: Path) -> Iterator[ServerProcess]:
    (folder / "tokens").mkdir()
    server = ServerProcess(
        folder / "tokens",
        scheme="jwt-hs256",
        redis_url=redis_server.url,
        redis_key_prefix="locust-tokens:",
        token_lifetime_s=LIFETIME_S,
    )
    yield server
    server.stop()


def test_both_kinds_ask_in_the_documented_proportions() -> None:
    told = locust("http://127.0.0.1:1", "SessionUser", "JwtUser", "--show-task-ratio-json")
    ratios = json.loads(told.stdout)["per_class"]
    tasks = {"read": {"ratio": 0.8}, "list_orders": {"ratio": 0.15}, "add_order": {"ratio": 0.05}}
    assert {name: entry["ratio"] for name, entry in ratios.items()} == {"SessionUser": 0.5, "JwtUser": 0.5}
    assert all(entry["tasks"] == tasks for entry in ratios.values())


def test_a_session_user_logs_in_asks_and_logs_out(sessions: ServerProcess) -> None:
    enough = ("4 POST /login", "8 GET /me")
    told = locust(sessions.origin, "SessionUser", "-u", "4", "-r", "4", enough=enough)
    assert spawned(told) == {"SessionUser": 4}
    asked = entries(told)
    assert asked["POST", "/login"]["num_requests"] == asked["POST", "/logout"]["num_requests"] == 4
    for name in [("POST", "/login"), ("GET", "/me"), ("POST", "/logout")]:
        assert asked[name]["num_requests"] > 0
        assert asked[name]["num_failures"] == 0
    assert "Traceback" not in told.stderr


def test_a_jwt_user_renews_its_token_before_it_expires(tokens: ServerProcess) -> None:
    enough = ("5 POST /login, POST /refresh", "1 GET /me")
    told = locust(tokens.origin, "JwtUser", "-u", "4", "-r", "4", enough=enough)
    assert spawned(told) == {"JwtUser": 4}
    asked = entries(told)
    renewals = (
        asked["POST", "/login"]["num_requests"]
        + asked.get(("POST", "/refresh"), {"num_requests": 0})["num_requests"]
    )
    assert renewals > 4
    assert asked["GET", "/me"]["num_requests"] > 0
    assert asked["GET", "/me"]["num_failures"] == 0
    assert "Traceback" not in told.stderr


@pytest.fixture(scope="module")
def control(folder: Path) -> Iterator[ServerProcess]:
    (folder / "control").mkdir()
    server = ServerProcess(folder / "control", scheme="none")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def proven(redis_server: RedisProcess, folder: Path) -> Iterator[ServerProcess]:
    (folder / "proven").mkdir()
    server = ServerProcess(
        folder / "proven",
        scheme="jwt-dpop",
        redis_url=redis_server.url,
        redis_key_prefix="locust-proven:",
        token_lifetime_s=LIFETIME_S,
        dpop_replay_store=True,
    )
    yield server
    server.stop()


@pytest.mark.parametrize("scheme", ["sessions", "tokens", "proven", "control"])
def test_without_a_name_the_user_fits_the_server_and_thirty_get_in(
    scheme: str, request: pytest.FixtureRequest
) -> None:
    server: ServerProcess = request.getfixturevalue(scheme)
    renewed = ("31 POST /login, POST /refresh",) if scheme in ("tokens", "proven") else ()
    enough = ("30 POST /login", "31 GET /me", *renewed)
    told = locust(server.origin + "/", "-u", "30", "-r", "30", enough=enough)
    assert spawned(told) == {"FittingUser": 30}
    asked = entries(told)
    # Tokens expire here, so their users may log in again.
    assert asked["POST", "/login"]["num_requests"] >= 30
    assert asked["GET", "/me"]["num_requests"] > 30
    assert {name: entry["num_failures"] for name, entry in asked.items()} == dict.fromkeys(asked, 0)
    assert told.returncode == 0
    assert "Traceback" not in told.stderr


class SilentRefresh(BaseHTTPRequestHandler):
    """Logs everybody in for two seconds, and never answers a refresh."""

    presented: list[str]
    ended: threading.Event

    def do_GET(self) -> None:
        self._reply({})

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/refresh":
            self.presented.append(content["refresh_token"])
            self.ended.wait()
            return
        self._reply({"access_token": "a", "expires_in": 2, "refresh_token": secrets.token_hex(8)})

    def _reply(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def test_a_user_that_is_stopped_while_it_refreshes_does_not_present_the_token_again() -> None:
    ended, presented = threading.Event(), list[str]()
    handler = type("Handler", (SilentRefresh,), {"presented": presented, "ended": ended})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"http://127.0.0.1:{server.server_port}"
        told = locust(host, "JwtUser", "-u", "4", "-r", "4", until=lambda: len(presented) >= 4)
        ended.set()
        server.shutdown()
    assert len(presented) == 4 == len(set(presented)), told.stderr
    assert entries(told)["POST", "/logout"]["num_failures"] == 0


def test_a_server_that_asks_for_a_wait_is_asked_again_after_it(tokens: ServerProcess) -> None:
    # One account and no limit of ours: the server slows down all but ten attempts under way.
    told = locust(tokens.origin, "JwtUser", "--username", "alice", "--processes", "3", "-u", "60", "-r", "60",
                  enough=("60 POST /login",))  # fmt: skip
    asked = entries(told)
    login = asked["POST", "/login"]
    assert login["num_requests"] - login["num_failures"] >= 60
    assert "cannot log in" not in told.stderr
    assert "Traceback" not in told.stderr


def test_accounts_of_a_file_are_dealt_to_the_users(tokens: ServerProcess, tmp_path: Path) -> None:
    for name in ("ada", "bob", "eve"):
        tokens.ask(op="account", username=name, password=f"the password of {name}", scope="user")
    file = tmp_path / "users.csv"
    file.write_text(
        "\ufeffusername,password\n" + "".join(f"{n},the password of {n}\n" for n in ("ada", "bob", "eve"))
    )
    told = locust(tokens.origin, "--credentials", str(file), "-u", "6", "-r", "6",
                  enough=("6 POST /login", "6 GET /me"))  # fmt: skip
    assert entries(told)["GET", "/me"]["num_failures"] == 0
    assert told.returncode == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"username,password\n", "has no accounts"),
        (b"name,secret\nada,s3cret\n", "row 2: needs the columns username and password"),
        (b"username,password\nada,s3cret\nbob,\n", "row 3: needs the columns"),
        ("username,password\nada,s3cret\u20ac".encode("utf-16"), "is not UTF-8"),
        (b'username,password\nada,"s3cret', "is not CSV"),
    ],
)
def test_a_file_of_accounts_that_is_none_is_told_before_anything_starts(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "users.csv"
    if content is not None:
        file.write_bytes(content)
    told = locust("http://127.0.0.1:1", "--credentials", str(file))
    assert told.returncode == ExitCode.USAGE
    assert f"{file}: {reason}" in told.stderr
    assert "Traceback" not in told.stderr
    assert "s3cret" not in told.stderr


@pytest.mark.parametrize(
    ("scheme", "user", "reason"),
    [
        ("sessions", "JwtUser", "JwtUser: no access_token in the login reply: use SessionUser"),
        ("tokens", "SessionUser", "SessionUser: no session cookie in the login reply: use JwtUser"),
    ],
)
def test_a_run_of_the_wrong_kind_alone_ends_with_its_reason(
    scheme: str, user: str, reason: str, request: pytest.FixtureRequest
) -> None:
    server: ServerProcess = request.getfixturevalue(scheme)
    told = locust(server.origin, user, "-u", "3", "-r", "3")
    assert told.returncode == ExitCode.USAGE
    assert told.stderr.count(reason) == 1
    assert "Traceback" not in told.stderr


def test_a_wrong_password_ends_the_run_and_is_not_printed(tokens: ServerProcess) -> None:
    told = locust(tokens.origin, "JwtUser", "--password", "s3cret")
    assert told.returncode == ExitCode.USAGE
    assert f"cannot log in to {tokens.origin} as alice: status 401" in told.stderr
    assert "s3cret" not in told.stderr + told.stdout


@pytest.mark.parametrize("processes", ["2", "3"])
def test_a_wrong_password_ends_a_run_of_several_processes_with_the_same_exit_code(
    tokens: ServerProcess, processes: str
) -> None:
    told = locust(tokens.origin, "--processes", processes, "--password", "s3cret", "-u", "4", "-r", "4")
    assert told.returncode == ExitCode.USAGE
    assert "cannot log in" in told.stderr
    assert "s3cret" not in told.stderr + told.stdout
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("slash", ["/", "//"])
def test_a_slash_at_the_end_of_the_host_changes_nothing(
    sessions: ServerProcess, tokens: ServerProcess, slash: str
) -> None:
    for server, user in ((sessions, "SessionUser"), (tokens, "JwtUser")):
        told = locust(server.origin + slash, user, "-u", "2", "-r", "2", enough=("2 POST /login",))
        assert entries(told)["POST", "/login"]["num_failures"] == 0
        assert told.returncode == 0
    told = locust(tokens.origin + slash, "--open-loop", "--rate", "50", enough=("1 GET /public",))
    assert entries(told)["GET", "/public"]["num_failures"] == 0


@pytest.mark.parametrize(
    ("user", "host"),
    [
        *(
            ("JwtUser", host)
            for host in ("127.0.0.1:8000", "http://", "http://a:b@127.0.0.1:1", "http://h:99999")
        ),
        *((user, "ftp://127.0.0.1") for user in ("SessionUser", "FittingUser", "OpenLoopUser")),
        *((user, None) for user in ("FittingUser", "OpenLoopUser")),
    ],
)
def test_a_host_that_is_none_is_one_line(user: str, host: str | None) -> None:
    told = locust(host, user)
    assert told.returncode == ExitCode.USAGE
    assert "cannot send to" in told.stderr
    assert "Traceback" not in told.stderr


def test_the_open_loop_is_one_user_whatever_number_is_asked_for() -> None:
    with ScriptedServer() as server:
        host = f"http://127.0.0.1:{server.port}"
        told = locust(host, "--open-loop", "--rate", "200", "--header", "X-User: ada", "-u", "5", "-r", "5",
                      enough=("20 GET /me",))  # fmt: skip
    assert spawned(told) == {"OpenLoopUser": 1}
    ((name, entry),) = entries(told).items()
    assert (name, entry["num_failures"]) == (("GET", "/me"), 0)
    assert told.returncode == 0
    assert 0 < entry["num_requests"] <= server.requests == server.users["ada"]
    assert entry["num_requests"] == sum(entry["response_times"].values())


def test_the_run_time_begins_when_the_run_does(tmp_path: Path) -> None:
    """Not when its process did: what is imported takes seconds where a machine has other work."""
    slow = tmp_path / "slow.py"
    slow.write_text(
        "import time\nuntil_s = time.monotonic() + 2.5\nwhile time.monotonic() < until_s:\n    pass\n"
    )
    with ScriptedServer() as server:
        host = f"http://127.0.0.1:{server.port}"
        told = locust(host, "--open-loop", "--rate", "200", files=(LOCUSTFILE, slow), run_time_s=2)
    assert "--run-time limit reached" in told.stderr
    assert server.requests > 0, told.stderr


def test_what_is_refused_is_a_failure_in_locust_too() -> None:
    with ScriptedServer() as server:
        host = f"http://127.0.0.1:{server.port}"
        told = locust(host, "OpenLoopUser", "--rate", "200", enough_failed=("20 GET /public",))
    ((name, entry),) = entries(told).items()
    assert name == ("GET", "/public")
    assert entry["num_failures"] == entry["num_requests"] > 0
    assert told.returncode == 1


@pytest.mark.parametrize(
    ("host", "options", "reason"),
    [
        ("http://127.0.0.1:1", (), "Connection refused"),
        ("https://127.0.0.1", (), "--host must be http"),
        ("http://127.0.0.1:1", ("--rate", "0"), "--rate must be positive"),
        ("http://127.0.0.1:1", ("--header", "s3cret"), "--header must be"),
        ("http://127.0.0.1:1", ("--header", "Cookie: s3cret€"), "header 'Cookie' cannot be sent"),
    ],
)
def test_what_cannot_be_sent_ends_the_run_with_its_reason(
    host: str, options: tuple[str, ...], reason: str
) -> None:
    told = locust(host, "--open-loop", *options)
    assert told.returncode == ExitCode.USAGE
    assert f"cannot send to {host}: " in told.stderr
    assert reason in told.stderr
    assert "Traceback" not in told.stderr
    assert "s3cret" not in told.stderr


def test_no_server_ends_a_closed_loop_too() -> None:
    told = locust("http://127.0.0.1:1", "-u", "2", "-r", "2")
    assert told.returncode == ExitCode.USAGE
    assert told.stderr.count("cannot ask http://127.0.0.1:1 who may come in: ") == 1
    assert "Traceback" not in told.stderr
