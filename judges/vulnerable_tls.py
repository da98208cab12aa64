"""A TLS server that is broken on purpose: what sslyze must object to. It listens on loopback only."""

import datetime
import ipaddress
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from authbench.system.private_files import write_private

_RSA_BITS = 1024
"""Half of what RFC 9325 section 4.5 allows at least."""
_DAYS = 3650
_NO_EXTENDED_MASTER_SECRET = 1
"""SSL_OP_NO_EXTENDED_MASTER_SECRET of OpenSSL 3 (ssl.h): without it, RFC 7627 attacks apply."""


class _Answer(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        """Shake hands here, and not in the one thread that accepts; then answer one request."""
        assert isinstance(self.request, ssl.SSLSocket)  # noqa: S101 - wrapped below
        with suppress(OSError):
            self.request.do_handshake()
            if self.request.recv(4096):
                self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


class _Quiet(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a scanner breaks most connections off."""


@contextmanager
def vulnerable_tls(folder: Path) -> Iterator[int]:
    """Serve TLS 1.0 to 1.2, old ciphers and a small key that nobody vouches for; its port on 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    # Deprecated, and that is the point.
    context.options &= ~(ssl.OP_NO_TLSv1 | ssl.OP_NO_TLSv1_1)
    context.options |= _NO_EXTENDED_MASTER_SECRET
    _allow_old_versions(context)
    context.load_cert_chain(*_certificate(folder))
    with _Quiet(("127.0.0.1", 0), _Answer) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        serving = threading.Thread(target=server.serve_forever, name="vulnerable TLS", daemon=True)
        serving.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            serving.join()


def _allow_old_versions(context: ssl.SSLContext) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    # In TLS 1.3 the extended master secret is no extension any more.
    context.maximum_version = ssl.TLSVersion.TLSv1_2


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = rsa.generate_private_key(65537, _RSA_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broken on purpose")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    paths = folder / "vulnerable-certificate.pem", folder / "vulnerable-key.pem"
    for path, content in zip(
        paths,
        (
            certificate.public_bytes(Encoding.PEM),
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        ),
        strict=True,
    ):
        path.unlink(missing_ok=True)
        write_private(path, content)
    return paths
