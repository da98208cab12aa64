"""Make a throw-away certificate for this machine's own addresses, signed by an authority made for it."""

import datetime
import ipaddress
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from authbench.system.private_files import write_private

_DAYS = 2
_ADDRESSES = ("127.0.0.1", "::1")


@dataclass(frozen=True)
class Certificate:
    """Files in PEM format: the certificate, its private key, and the authority that clients must trust."""

    certificate: Path
    key: Path
    authority: Path


def make_certificate(folder: Path, names: Sequence[str] = ()) -> Certificate:
    """Write a new certificate into a folder, for processes that are started later.

    `names` are further hosts that it is for: some that a browser is told to find on this machine, or the IP
    address of the host that it is carried to.
    """
    certificate, key, authority = _draw(names)
    return Certificate(
        _write(folder / "certificate.pem", certificate),
        _write(folder / "key.pem", key),
        _write(folder / "authority.pem", authority),
    )


@contextmanager
def served_certificate(folder: Path) -> Iterator[Certificate]:
    """Make a certificate in `folder` for a server in this process, or forked from it.

    The private key is in memory and nowhere on a disk, so that nothing of it is left after SIGKILL: its path
    is that of an anonymous file (memfd_create(2)), which ends with the block.
    """
    certificate, key, authority = _draw()
    with os.fdopen(os.memfd_create("key.pem", os.MFD_CLOEXEC), "wb") as in_memory:
        in_memory.write(key)
        in_memory.flush()
        yield Certificate(
            _write(folder / "certificate.pem", certificate),
            Path(f"/proc/self/fd/{in_memory.fileno()}"),
            _write(folder / "authority.pem", authority),
        )


def _draw(more: Sequence[str] = ()) -> tuple[bytes, bytes, bytes]:
    """A certificate for 127.0.0.1, ::1, localhost and `more`, good for two days, its key, and its authority.

    The authority's key is kept by nobody: no second certificate can ever be made with it.
    """
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name = _name("authbench throw-away authority")
    authority = (
        _begin(name, name, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    alternatives = [_alternative(name) for name in dict.fromkeys((*_ADDRESSES, "localhost", *more))]
    certificate = (
        _begin(_name("authbench on this machine"), name, key)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        authority.public_bytes(Encoding.PEM),
    )


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _begin(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A client's clock may be a little behind.
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, content: bytes) -> Path:
    # The folder of a run gets a new certificate with every generation.
    path.unlink(missing_ok=True)
    write_private(path, content)
    return path
