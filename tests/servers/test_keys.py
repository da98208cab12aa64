from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from authbench.failure import Failure
from servers.keys import signing_key
from servers.oauth.key_pairs import RS256, key_bits, key_pair


def key_file(folder: Path, content: bytes, mode: int) -> str:
    path = folder / "key"
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


def test_without_a_file_a_new_key_each_time() -> None:
    keys = {signing_key(None) for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {32}


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_file(tmp_path: Path, mode: int) -> None:
    assert signing_key(key_file(tmp_path, b"k" * 40, mode)) == b"k" * 40


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o610])
def test_a_file_others_may_open(tmp_path: Path, mode: int) -> None:
    with pytest.raises(Failure, match="chmod 600"):
        signing_key(key_file(tmp_path, b"k" * 32, mode))


@pytest.mark.parametrize("length", [0, 31])
def test_a_short_key(tmp_path: Path, length: int) -> None:
    with pytest.raises(Failure, match=f"has {length} bytes"):
        signing_key(key_file(tmp_path, b"k" * length, 0o600))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be read: No such file"):
        signing_key(str(tmp_path / "nothing"))
    with pytest.raises(Failure, match="cannot be read: Is a directory"):
        signing_key(str(tmp_path))


def pem(key: PrivateKeyTypes, protection: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection or NoEncryption())


def test_an_rsa_key_of_a_private_file(tmp_path: Path) -> None:
    key = generate_private_key(65537, 2048)
    read = key_pair(key_file(tmp_path, pem(key), 0o600), RS256)
    assert isinstance(read, RSAPrivateKey)
    assert read.private_numbers() == key.private_numbers()
    with pytest.raises(Failure, match="chmod 600"):
        key_pair(key_file(tmp_path, pem(key), 0o640), RS256)


def test_a_fresh_rsa_key() -> None:
    assert key_bits(key_pair(None, RS256)) == 2048


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a private key in PEM format"),
        (b"k" * 32, "not a private key in PEM format"),
        (pem(generate_private_key(65537, 1024)), "has 1024 bits, RS256 needs 2048"),
        (pem(Ed25519PrivateKey.generate()), "needs an RSA key"),
        (pem(Ed25519PrivateKey.generate(), BestAvailableEncryption(b"secret")), "is encrypted"),
    ],
)
def test_what_is_no_rsa_key(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(Failure, match=reason):
        key_pair(key_file(tmp_path, content, 0o600), RS256)
