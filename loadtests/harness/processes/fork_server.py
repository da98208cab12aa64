"""Servers that are forked from one process, which has imported everything: no second of imports for each.

For many short servers, as under attack and in tests. Whoever measures a server starts the command.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import IO, Self

from authbench.contracts.failure import ExitCode, Failure
from loadtests.harness.processes.server import COMMAND

MODULE = "servers.process.fork_server"
"""What is run as the process that forks."""


class ForkedProcess:
    """A child of the fork server, with the part of subprocess.Popen's interface that is used here."""

    def __init__(self, pid: int, stdin: IO[bytes], stdout: IO[bytes], ended: socket.socket) -> None:
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self.returncode: int | None = None
        self._ended = ended

    def poll(self) -> int | None:
        """The exit status; None while the process runs."""
        return self._status(timeout_s=0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once the process has ended. TimeoutExpired if that takes longer."""
        status = self._status(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(COMMAND, timeout or 0)
        return status

    def _status(self, timeout_s: float | None) -> int | None:
        if self.returncode is None:
            self._ended.settimeout(timeout_s)
            try:
                # Nothing is told where the fork server was killed: this process went with it.
                self.returncode = int(self._ended.recv(16) or -signal.SIGKILL)
            except (BlockingIOError, TimeoutError):
                return None
            self._ended.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send the signal, unless the process has ended."""
        if self.poll() is None:
            # It may end meanwhile.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """The process that forks servers. It ends, and every server with it, when its starter ends."""

    def __init__(self, module: str = MODULE) -> None:
        """Start it. Another `module` may change what its servers are made of."""
        self._one_at_a_time = Lock()
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def start(
        self,
        command: Sequence[str],
        cpus: Iterable[int],
        errors: int,
        environment: Mapping[str, str],
    ) -> ForkedProcess:
        """Fork a server that waits for its line of settings: `COMMAND` is the only command it knows.

        `errors` is the descriptor of its standard error.
        """
        assert tuple(command) == COMMAND, command  # noqa: S101 - whoever starts another has the wrong function
        stdin, settings = os.pipe()
        answer, stdout = os.pipe()
        ended, status = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        about = {"folder": os.getcwd(), "environment": dict(environment), "cpus": sorted(cpus)}
        with status, self._one_at_a_time:
            socket.send_fds(
                self._channel, [json.dumps(about).encode()], [stdin, stdout, errors, status.fileno()]
            )
            pid = self._channel.recv(16)
        os.close(stdin)
        os.close(stdout)
        if not pid:
            raise Failure("the process that forks servers has ended: run it again", ExitCode.INTERNAL)
        return ForkedProcess(int(pid), open(settings, "wb"), open(answer, "rb"), ended)

    def stop(self) -> None:
        """End it, and with it whatever it has forked."""
        self._channel.close()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
