"""The control of sslyze really is as bad as it says, and ends."""

import socket
import ssl
from pathlib import Path

import pytest

from judges.vulnerable_tls import vulnerable_tls


def test_it_speaks_an_old_version_with_a_small_key(tmp_path: Path) -> None:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    client.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        client.minimum_version = client.maximum_version = ssl.TLSVersion.TLSv1
    with vulnerable_tls(tmp_path) as port:
        for _ in range(2):
            with (
                socket.create_connection(("127.0.0.1", port), 5) as plain,
                client.wrap_socket(plain) as connection,
            ):
                assert connection.version() == "TLSv1"
                connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                assert connection.recv(100).startswith(b"HTTP/1.1 200")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 5)
