"""The same connection through TLS: the handshake before it counts as made, then records instead of bytes.

The socket stays a plain one, driven as before; TLS happens in memory (ssl.SSLObject), so nothing can wait
inside it and nothing is patched. A record may hold more than epoll tells of, so everything that came is
decrypted before anything is looked at.
"""

import socket
import ssl
import time
from typing import Any

from authbench.contracts.records import Outcome
from loadtests.http.connection import READ_BYTES, Connection, Pool
from loadtests.http.readiness import READ


class TlsConnection(Connection):
    """One socket and the TLS on it."""

    __slots__ = ("_incoming", "_outgoing", "_plain_recv", "_plain_send", "_tls")

    def __init__(
        self, pool: Pool, family: socket.AddressFamily, address: Any, trust: ssl.SSLContext, host: str
    ) -> None:
        super().__init__(pool, family, address)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = trust.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._plain_send, self._plain_recv = self._send, self._recv
        self._send, self._recv = self._encrypt, self._decrypt

    def _established(self) -> None:
        self._pool.readiness.change(self._fd, READ, self._on_handshake)
        self._shake_hands()

    def _on_handshake(self, events: int) -> None:  # noqa: ARG002 - an end and an error are read too
        try:
            try:
                data = self._plain_recv(READ_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._fail(ConnectionResetError("the server closed the connection in the handshake"))
                return
            self._incoming.write(data)
            self._shake_hands()
        except Exception as error:  # gevent's hub would print it and go on
            self._pool.broke(error)

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return
        except ssl.SSLError as error:
            self._fail(error)
            return
        self._flush()
        super()._established()

    def _fail(self, error: OSError) -> None:
        self._pool.connect_failed(error)
        self.end(time.monotonic_ns(), Outcome.CONNECT_FAILED)

    def _encrypt(self, data: bytes) -> int:
        """Send all of it: a request fits into the empty buffer of an idle connection."""
        self._tls.write(data)
        self._flush()
        return len(data)

    def _flush(self) -> None:
        """OSError if it does not fit: half a record cannot be taken back."""
        records = self._outgoing.read()
        if records and self._plain_send(records) < len(records):
            raise OSError("a request does not fit into the socket's buffer")

    def _decrypt(self, size: int) -> bytes:
        """What the records that came say; empty at the end. BlockingIOError if they say nothing yet."""
        data = self._plain_recv(size)
        if not data:
            return b""
        self._incoming.write(data)
        plain = b""
        while True:
            try:
                piece = self._tls.read(READ_BYTES)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                return plain
            if not piece:
                return plain
            plain += piece
        if not plain:  # a session ticket, for instance
            raise BlockingIOError
        return plain
