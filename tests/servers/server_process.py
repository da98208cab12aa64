"""A real server process for tests, asked over real HTTP and through its measuring socket."""

import atexit
import http.client
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from loadtests.harness.processes.fork_server import ForkedProcess, ForkServer
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.server import COMMAND
from servers.database.accounts import DEMO_PASSWORD

QUICK = "tests.servers.quick_fork_server"
"""The fork server whose servers hash passwords cheaply."""


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    """Of several with one name, the first: of cookies, the credential."""
    body: bytes
    set_cookies: tuple[str, ...] = ()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class ServerProcess:
    """A server process of its own with these settings, demo accounts and a measuring socket."""

    real_passwords = False
    """Whether they are hashed as the command does it, and not cheaply."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.measuring_path = folder / "measuring.sock"
        usual = {"demo_accounts": True, "measuring_socket": str(self.measuring_path)}
        # Deadlines for a machine that does other work too: what is tested is not how fast it is.
        settings = {**usual, "store_deadline_ms": 5000, "database_deadline_ms": 10_000, **settings}
        self._process = _fork_server(self.real_passwords).start(
            COMMAND, available_processors(), 2, os.environ
        )
        answer = tell(self._process, settings)
        assert "error" not in answer, answer
        self.port: int = answer["port"]
        self.pid: int = answer["pid"]
        scheme = "https" if "tls_certificate_file" in settings else "http"
        self.origin = f"{scheme}://127.0.0.1:{self.port}"
        self.connection = self.connect()
        self._measuring: socket.socket | None = None

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def request(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | list[tuple[str, str]] | None = None,
        body: bytes | str | None = None,
        connection: http.client.HTTPConnection | None = None,
    ) -> Reply:
        """One request on the kept connection, or on the one given. Headers as pairs may repeat a name."""
        connection = connection or self.connection
        content = body.encode() if isinstance(body, str) else body
        pairs = list(headers.items()) if isinstance(headers, dict) else headers or []
        connection.putrequest(method, path, skip_host=any(name.lower() == "host" for name, _ in pairs))
        for name, value in pairs:
            connection.putheader(name, value)
        if content is not None:
            connection.putheader("Content-Length", str(len(content)))
        connection.endheaders(content)
        response = connection.getresponse()
        read = response.read()
        replied = [(name.lower(), value) for name, value in response.getheaders()]
        cookies = tuple(value for name, value in replied if name == "set-cookie")
        return Reply(response.status, dict(reversed(replied)), read, cookies)

    def login(
        self, username: str = "alice", password: str = DEMO_PASSWORD, headers: dict[str, str] | None = None
    ) -> Reply:
        """Log in as a page of our own does: with a CSRF token where one is needed."""
        sent = {"Content-Type": "application/json", **self.changing(self.with_csrf(headers or {}))}
        return self.request("POST", "/login", sent, json.dumps({"username": username, "password": password}))

    def logout(self, credential: dict[str, str]) -> Reply:
        return self.request("POST", "/logout", self.changing(credential))

    def with_csrf(self, presented: dict[str, str]) -> dict[str, str]:
        """The same, with the CSRF cookie that belongs to it, where there is one to be had."""
        cookies = presented.get("Cookie", "")
        if "csrf=" in cookies or self.ask("card")["client"] != "csrf-token":
            return presented
        given = cookies_of(self.request("GET", "/csrf", {"Cookie": cookies} if cookies else None))["Cookie"]
        return {**presented, "Cookie": f"{cookies}; {given}" if cookies else given}

    def changing(self, credential: dict[str, str]) -> dict[str, str]:
        """What a page of our own sends to change state: where it is, and its CSRF cookie repeated."""
        proof = {"Origin": self.origin}
        for pair in credential.get("Cookie", "").split("; "):
            name, _, value = pair.partition("=")
            if name.endswith("csrf"):
                proof["X-CSRF-Token"] = value
        return {**proof, **credential}

    def credential(self, reply: Reply) -> dict[str, str]:
        """The headers a client sends after this login."""
        assert reply.status == 200, reply
        if cookies := cookies_of(reply):
            return cookies
        if "access_token" in reply.json:
            return {"Authorization": f"Bearer {reply.json['access_token']}"}
        headers: dict[str, str] = reply.json["headers"]
        return headers

    def ask(self, op: str, **fields: Any) -> Any:
        return self.ask_raw(json.dumps({"op": op, **fields}).encode())

    def ask_raw(self, line: bytes) -> Any:
        if self._measuring is None:
            self._measuring = socket.socket(socket.AF_UNIX)
            self._measuring.connect(str(self.measuring_path))
            self._replies = self._measuring.makefile("rb")
        self._measuring.sendall(line + b"\n")
        return json.loads(self._replies.readline())

    def seed(self, count: int = 1, lifetime_s: int = 600, first: int = 0) -> list[dict[str, str]]:
        answer = self.ask("seed", first=first, count=count, lifetime_s=lifetime_s)
        return [item["headers"] for item in answer["credentials"]]

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def ask_to_stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Close the connections to it and send the signal."""
        self.connection.close()
        if self._measuring is not None:
            self._replies.close()
            self._measuring.close()
        self._process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal; the exit status."""
        self.ask_to_stop(number)
        return self.ended()

    def ended(self) -> int:
        """The exit status, once it has ended."""
        status = self._process.wait(timeout=120)
        close_pipes(self._process)
        return status


class WithRealPasswords(ServerProcess):
    """A server on which a login costs what it costs a user."""

    real_passwords = True


def end_all(servers: Iterable[ServerProcess]) -> None:
    """End them, all at once and not gracefully: that takes a server two tenths of a second."""
    for server in servers:
        server.ask_to_stop(signal.SIGKILL)
    for server in servers:
        server.ended()


def cookies_of(reply: Reply) -> dict[str, str]:
    """The Cookie header a browser sends after this reply; nothing if it set none."""
    everywhere = [line for line in reply.set_cookies if "; path=/;" in line.lower()]
    pairs = "; ".join(line.partition(";")[0] for line in everywhere)
    return {"Cookie": pairs} if pairs else {}


@cache
def _fork_server(real_passwords: bool) -> ForkServer:
    """The one of this process, started when it is first needed."""
    made = ForkServer() if real_passwords else ForkServer(QUICK)
    atexit.register(made.stop)
    return made


def launch(settings: dict[str, Any]) -> tuple[ForkedProcess, dict[str, Any]]:
    """Start a server that may refuse to, with these settings alone, and read its one answer.

    The caller ends it.
    """
    process = _fork_server(False).start(COMMAND, available_processors(), 2, os.environ)
    return process, tell(process, settings)


def tell(process: ForkedProcess, settings: dict[str, Any]) -> dict[str, Any]:
    """Hand a server process its settings; return its one answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(settings).encode() + b"\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def close_pipes(process: "subprocess.Popen[Any] | ForkedProcess") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
