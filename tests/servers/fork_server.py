"""Start real server processes without the second that each spends on imports.

One process imports the server's modules and waits. For every server it forks a child, which from there on
does what `python -m servers.process` does: it has its own event loop, sockets, keys, stores and CPU clock.
Tests of the command itself start the command (`launch`).
"""

import atexit
import contextlib
import ctypes
import gc
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from functools import cache
from threading import Lock
from typing import IO

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
_MESSAGE_MAX_BYTES = 200_000


class ForkedProcess:
    """A child of the fork server, with the part of subprocess.Popen's interface that tests use."""

    def __init__(self, pid: int, stdin: IO[str], stdout: IO[str], ended: socket.socket) -> None:
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
            raise subprocess.TimeoutExpired("servers.process", timeout or 0)
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
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """The process that forks servers. It ends, and every server with it, when its starter ends."""

    def __init__(self) -> None:
        self._one_at_a_time = Lock()
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.servers.fork_server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def start(self) -> ForkedProcess:
        """Fork a server; it waits for its line of settings. Its standard error is the caller's."""
        stdin, settings = os.pipe()
        answer, stdout = os.pipe()
        ended, status = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        where = json.dumps({"folder": os.getcwd(), "environment": dict(os.environ)}).encode()
        with status, self._one_at_a_time:
            socket.send_fds(self._channel, [where], [stdin, stdout, 2, status.fileno()])
            pid = int(self._channel.recv(16))
        os.close(stdin)
        os.close(stdout)
        return ForkedProcess(pid, open(settings, "w"), open(answer), ended)

    def stop(self) -> None:
        """End it, and with it whatever it has forked."""
        self._channel.close()
        self._process.wait()


@cache
def fork_server() -> ForkServer:
    """The one of this process, started when it is first needed."""
    made = ForkServer()
    atexit.register(made.stop)
    return made


def _fork_on_request(channel: socket.socket) -> bool:
    """Fork a child for each message. Return False when the channel closes, and True in every child."""
    children: dict[int, tuple[int, int]] = {}
    with channel, selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is not channel:
                    selector.unregister(key.fd)
                    _tell_end(key.fd, *children.pop(key.fd))
                    continue
                message, received, *_ = socket.recv_fds(channel, _MESSAGE_MAX_BYTES, 4)
                if not message:
                    return False
                parent, pid = os.getpid(), os.fork()
                if pid == 0:
                    for pidfd, (_, status) in children.items():
                        os.close(pidfd)
                        os.close(status)
                    os.close(received.pop())
                    _become(parent, json.loads(message), received)
                    return True
                for descriptor in received[:3]:
                    os.close(descriptor)
                pidfd = os.pidfd_open(pid)
                children[pidfd] = (pid, received[3])
                selector.register(pidfd, selectors.EVENT_READ)
                channel.send(str(pid).encode())


def _tell_end(pidfd: int, pid: int, status: int) -> None:
    """Write the exit status of a child that has ended to whoever waits for it."""
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    # Where nobody waits any more, nobody is told.
    with socket.socket(fileno=status) as waiting, contextlib.suppress(OSError):
        waiting.send(str(code).encode())
    os.close(pidfd)


def _become(parent: int, where: dict[str, object], standard: list[int]) -> None:
    """In a child: take over the folder, the environment and the standard streams that were sent."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the call above
        os._exit(1)
    os.chdir(str(where["folder"]))
    os.environ.clear()
    os.environ.update(where["environment"])  # type: ignore[call-overload]
    for number, descriptor in enumerate(standard):
        os.dup2(descriptor, number)
        os.close(descriptor)


def _main(descriptor: int) -> int:
    from servers.discovery import known_schemes
    from servers.process.server import main

    known_schemes()  # imports the modules of all
    gc.collect()
    gc.freeze()
    if _fork_on_request(socket.socket(fileno=descriptor)):
        gc.unfreeze()
        return main()
    return 0


if __name__ == "__main__":
    sys.exit(_main(int(sys.argv[1])))
