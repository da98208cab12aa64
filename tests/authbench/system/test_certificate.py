"""The throw-away certificate: believed by who trusts its authority, and by nobody else."""

import socket
import ssl
import stat
import threading
from pathlib import Path

import pytest

from authbench.system.certificate import Certificate, make_certificate, served_certificate


def shake_hands(made: Certificate, authority: Path, name: str) -> str:
    """The TLS version two ends agree on."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(made.certificate, made.key)
    here, there = socket.socketpair()

    def serve() -> None:
        try:
            with serving.wrap_socket(there, server_side=True) as end:
                end.recv(1)
        except OSError:
            there.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with ssl.create_default_context(cafile=str(authority)).wrap_socket(here, server_hostname=name) as end:
            return str(end.version())
    finally:
        here.close()
        thread.join()


@pytest.mark.parametrize("name", ["127.0.0.1", "::1", "localhost"])
def test_it_is_believed_for_this_machines_addresses(tmp_path: Path, name: str) -> None:
    made = make_certificate(tmp_path)
    assert shake_hands(made, made.authority, name) == "TLSv1.3"


def test_it_is_not_believed_for_others_or_by_others(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    made, other = make_certificate(tmp_path), make_certificate(tmp_path / "other")
    for authority, name in ((made.authority, "bench.example"), (other.authority, "127.0.0.1")):
        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands(made, authority, name)


def test_nobody_else_may_read_the_files(tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    for path in (made.certificate, made.key, made.authority):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"PRIVATE" not in made.authority.read_bytes()


def test_the_key_that_is_served_is_on_no_disk(tmp_path: Path) -> None:
    with served_certificate(tmp_path) as made:
        assert shake_hands(made, made.authority, "127.0.0.1") == "TLSv1.3"
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert len(files) == 2
        assert not [path for path in files if b"PRIVATE" in path.read_bytes()]


def test_a_folder_gets_another_one(tmp_path: Path) -> None:
    """As the one of a measurement does, with every generation."""
    first, second = (make_certificate(tmp_path).key.read_bytes() for _ in range(2))
    assert first != second


def test_it_is_believed_for_the_address_that_it_is_carried_to(tmp_path: Path) -> None:
    made = make_certificate(tmp_path, ["10.0.0.11", "127.0.0.1"])
    assert shake_hands(made, made.authority, "10.0.0.11") == "TLSv1.3"
