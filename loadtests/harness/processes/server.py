"""One server process of an arm on this host: started, asked through its measuring interface, stopped."""

import contextlib
import json
import socket
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.measuring_protocol import Order, Processes, Question, Ready, StartFailed
from authbench.contracts.message import OrderError, read_reply
from authbench.system.certificate import Certificate
from loadtests.harness.processes.placement import processors_of
from loadtests.harness.processes.processes import Child, Start, pin, start_guarded
from loadtests.harness.processes.running_server import RunningServer
from loadtests.harness.telemetry.cpu_clock import process_cpu_ns

COMMAND = (sys.executable, "-m", "servers.process")
LOOPBACK = "127.0.0.1"
_START_S = 60.0
_ANSWER_S = 60.0
_Reply = TypeVar("_Reply", bound=BaseModel)


class Server(RunningServer):
    """A server on this host. `start` returns at once; `wait_until_ready` before anything else."""

    def __init__(
        self,
        arm: str,
        name: str,
        settings: dict[str, Any],
        cpus: Iterable[int],
        scratch: Path,
        tls: Certificate | None = None,
        port: int = 0,
        environment: Mapping[str, str] | None = None,
        start: Start = start_guarded,
        python: Path | None = None,
        address: str = LOOPBACK,
    ) -> None:
        """Start it; `name` is the stem of its files in `scratch`. With a certificate it speaks HTTPS.

        It listens at `address`, on `port` if that is free: then it is where the server before it was.

        `settings` travel over standard input: a command line is readable by everybody. `environment` has
        what it gets beside this process's own variables. `python` is the interpreter of another environment,
        instead of this process's own.
        """
        self.arm = arm
        self.host = address
        self.port = 0
        self.pids: list[int] = []
        self._socket_path = scratch / f"{name}.sock"
        self._socket_path.unlink(missing_ok=True)  # of one before it that had to be killed
        log = scratch / f"{name}.log"
        command = COMMAND if python is None else (str(python), *COMMAND[1:])
        self.child = Child(f"the server of {arm}", command, cpus, log, environment, start)
        self.authority = tls.authority if tls else None
        port = port if _is_free(self.host, port) else 0
        given = settings | {"host": self.host, "port": port, "measuring_socket": str(self._socket_path)}
        if address != LOOPBACK:
            given |= {"measured_beyond_loopback": True}
        if tls is not None:
            given |= {"tls_certificate_file": str(tls.certificate), "tls_key_file": str(tls.key)}
        self.child.send(json.dumps(given).encode() + b"\n")
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.settimeout(_ANSWER_S)
        self._replies = self._connection.makefile("rb")

    @property
    def pid(self) -> int:
        return self.child.pid

    def wait_until_ready(self) -> None:
        """Wait for its port, then open the measuring interface. Failure when it cannot start."""
        line = self.child.line(_START_S)
        try:
            self.port = read_reply(line, Ready).port
        except OrderError:
            failed = StartFailed.model_validate_json(line)
            raise Failure(failed.error, ExitCode(failed.exit_code)) from None
        self._connection.connect(str(self._socket_path))
        self.pids = self.ask(Question(op="processes"), Processes).pids

    def ask(self, order: Order, expected: type[_Reply]) -> _Reply:
        return reply_to(order, self.answer_line(order), expected, self.child.name)

    def answer_line(self, order: Order) -> bytes:
        """Send an order to the measuring interface; the line that answers it. Failure if none comes."""
        try:
            self._connection.sendall(order.line())
            line = self._replies.readline()
        except OSError:
            raise self.child.death() from None
        if not line.endswith(b"\n"):
            raise self.child.death()
        return line

    def pin(self, cpus: Iterable[int]) -> None:
        try:
            for pid in self.pids:
                pin(pid, cpus)
        except OSError:
            raise self.child.death() from None

    def processors(self) -> list[int]:
        return processors_of(self.pids)

    def cpu_ns(self) -> int:
        try:
            return sum(map(process_cpu_ns, self.pids))
        except OSError:
            raise self.child.death() from None

    def ask_to_stop(self) -> None:
        self.child.ask_to_stop()

    def stop(self) -> None:
        # Who waits for a reply in another thread is woken: closing would wait for that one.
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._replies.close()
        self._connection.close()
        self.child.stop()


def reply_to(order: Order, line: bytes | str, expected: type[_Reply], name: str) -> _Reply:
    """Read the line that answers an order. Failure, which names the server and the order, for an error."""
    try:
        return read_reply(line, expected)
    except OrderError as error:
        raise Failure(f"{name}: {order.op}: {error}", ExitCode.INTERNAL) from None


def _is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now. False for port 0, which is any."""
    try:
        with socket.create_server((host, port)):
            return port != 0
    except OSError:
        return False
