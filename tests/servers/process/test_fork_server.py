"""The process that servers are forked from; what it forks is tested where it is started from."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path


def test_a_starter_that_does_not_wait_for_the_answer_ends_it_quietly(tmp_path: Path) -> None:
    channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "servers.process.fork_server", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stderr=subprocess.PIPE,
            text=True,
        )
    about = {"folder": str(tmp_path), "environment": dict(os.environ), "cpus": [*os.sched_getaffinity(0)]}
    status, ended = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with status, ended, open(os.devnull, "r+") as null:
        files = [null.fileno(), null.fileno(), null.fileno(), status.fileno()]
        for _ in range(2):
            socket.send_fds(channel, [json.dumps(about).encode()], files)
        channel.close()
        _, errors = process.communicate(timeout=60)
    assert errors == ""
    assert process.returncode == 0
