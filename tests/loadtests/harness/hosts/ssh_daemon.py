"""An ssh daemon on loopback that lets in the user who runs the tests, with keys of its own (OpenSSH)."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.redis_process import free_port

_SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
_START_S = 30.0

needs_sshd = pytest.mark.skipif(
    _SSHD is None or shutil.which("ssh") is None, reason="no sshd and ssh here: the package openssh-server"
)


@dataclass(frozen=True)
class SshDaemon:
    """What listens, and how a client is let in without being asked anything."""

    pid: int
    prefix: list[str]
    """What a command there begins with."""


def _key(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


@contextmanager
def ssh_daemon(folder: Path) -> Iterator[SshDaemon]:
    """Start it; commands there have `folder` as their temporary folder. It ends with the block."""
    assert _SSHD is not None
    keys = folder / "keys"
    keys.mkdir()
    own, client, port = _key(keys / "host"), _key(keys / "client"), free_port()
    (keys / "authorized").write_text((keys / "client.pub").read_text("utf-8"), "utf-8")
    public = (keys / "host.pub").read_text("utf-8")
    (keys / "known").write_text(f"[127.0.0.1]:{port} {public}", "utf-8")
    lines = [
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {own}",
        f"AuthorizedKeysFile {keys / 'authorized'}",
        "StrictModes no",  # the folder above may be anybody's
        "UsePAM no",
        "PasswordAuthentication no",
        f"PidFile {keys / 'pid'}",
        f"SetEnv TMPDIR={folder}",
    ]
    config = keys / "sshd_config"
    config.write_text("\n".join([*lines, ""]), "utf-8")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd asks for it before it gives its rights away
    log = (keys / "log").open("wb")
    daemon = subprocess.Popen([_SSHD, "-D", "-e", "-f", str(config)], stdout=log, stderr=log)
    try:
        _wait_until_it_listens(daemon, port, keys / "log")
        words = ["ssh", "-F", "none", "-i", str(client), "-p", str(port), "-o", "BatchMode=yes"]
        words += ["-o", f"UserKnownHostsFile={keys / 'known'}", f"{getpass.getuser()}@127.0.0.1"]
        yield SshDaemon(daemon.pid, words)
    finally:
        daemon.terminate()
        daemon.wait()
        log.close()


def _wait_until_it_listens(daemon: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until_s = time.monotonic() + _START_S
    while time.monotonic() < until_s:
        assert daemon.poll() is None, log.read_text("utf-8")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"sshd does not listen: {log.read_text('utf-8')}")
