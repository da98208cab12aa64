"""`python -m servers.process.fork_server`: a process that forks servers, each without a second of imports.

It imports the servers' modules and waits. For every message it forks a child, which from there on does what
`python -m servers.process` does: it has its own event loop, sockets, keys, stores and CPU clock. Memory that
nobody writes to is shared, so whoever measures memory starts the command.

Its starter holds the other end of a socket: when that closes, this process ends, and its servers with it.
"""

import contextlib
import ctypes
import gc
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Iterable, Mapping

from servers.discovery import known_schemes
from servers.process.server import leave, main

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
_MESSAGE_MAX_BYTES = 200_000


def _fork_on_request(channel: socket.socket) -> bool:
    """Fork a child for each message. Return False when the channel closes, and True in every child.

    A message is an object with `folder`, `environment` and `cpus`. Beside it come four descriptors: standard
    input, output and error of the child, and a socket that is told its exit status.
    """
    children: dict[int, tuple[int, int]] = {}
    with channel, selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is not channel:
                    selector.unregister(key.fd)
                    _tell_end(key.fd, *children.pop(key.fd))
                    continue
                try:
                    message, received, *_ = socket.recv_fds(channel, _MESSAGE_MAX_BYTES, 4)
                except ConnectionError:  # it closed with an answer unread
                    message = b""
                if not message:
                    return False
                parent, pid = os.getpid(), os.fork()
                if pid == 0:
                    for pidfd, (_, status) in children.items():
                        os.close(pidfd)
                        os.close(status)
                    os.close(received.pop())
                    _become(parent, received, **json.loads(message))
                    return True
                for descriptor in received[:3]:
                    os.close(descriptor)
                pidfd = os.pidfd_open(pid)
                children[pidfd] = (pid, received[3])
                selector.register(pidfd, selectors.EVENT_READ)
                # Where the starter is gone, the next message is its end.
                with contextlib.suppress(ConnectionError):
                    channel.send(str(pid).encode())


def _tell_end(pidfd: int, pid: int, status: int) -> None:
    """Write the exit status of a child that has ended to whoever waits for it."""
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    # Where nobody waits any more, nobody is told.
    with socket.socket(fileno=status) as waiting, contextlib.suppress(OSError):
        waiting.send(str(code).encode())
    os.close(pidfd)


def _become(
    parent: int, standard: list[int], folder: str, environment: Mapping[str, str], cpus: Iterable[int]
) -> None:
    """In a child: take over what was sent, in a session of its own."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the call above
        os._exit(1)
    os.setsid()
    os.sched_setaffinity(0, cpus)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, descriptor in enumerate(standard):
        os.dup2(descriptor, number)
        os.close(descriptor)


def serve_forks(descriptor: int) -> int:
    """Fork a server for each message on the socket with this descriptor; return the exit status.

    In a child that is the status of its server.
    """
    import servers.authorization_server.install  # noqa: F401 - a server imports it only when it has to

    known_schemes()  # imports the modules of all
    gc.collect()
    gc.freeze()
    if _fork_on_request(socket.socket(fileno=descriptor)):
        gc.unfreeze()
        return main()
    return 0


if __name__ == "__main__":
    leave(serve_forks(int(sys.argv[1])))
