"""Ed25519's own ways to be wrong, after those Project Wycheproof collects."""

import pytest

from servers.contract.errors import Unauthenticated
from servers.schemes.jwt_eddsa import EdDsaTokens
from tests.servers.schemes.signed_tokens import CLAIMS, Door, decode, door, encode

ORDER = 2**252 + 27742317777372353535851937790883648493
"""L of RFC 8032 section 5.1."""


@pytest.fixture(scope="module")
def eddsa(tmp_path_factory: pytest.TempPathFactory) -> Door:
    return door(EdDsaTokens, tmp_path_factory.mktemp("eddsa"))


def parts(token: str) -> tuple[str, bytes, int]:
    signed, _, signature = token.rpartition(".")
    raw = decode(signature)
    return signed, raw[:32], int.from_bytes(raw[32:], "little")


@pytest.mark.parametrize("times", range(1, 15))
def test_s_has_one_spelling(eddsa: Door, times: int) -> None:
    """RFC 8032 section 5.1.7: S below L, so nobody can write the same signature another way."""
    signed, point, s = parts(eddsa.issue())
    assert s < ORDER
    with pytest.raises(Unauthenticated):
        eddsa.present(f"{signed}.{encode(point + (s + times * ORDER).to_bytes(32, 'little'))}")


@pytest.mark.parametrize(
    "point",
    [
        bytes(32),
        b"\x01" + bytes(31),
        b"\x01" + bytes(30) + b"\x80",
        b"\xec" + b"\xff" * 30 + b"\x7f",
        b"\xed" + b"\xff" * 30 + b"\x7f",
        b"\xee" + b"\xff" * 30 + b"\x7f",
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        b"\xff" * 32,
    ],
)
@pytest.mark.parametrize("s", [0, 1, ORDER - 1, ORDER, 2**256 - 1])
def test_special_points(eddsa: Door, point: bytes, s: int) -> None:
    """Of small order, not canonical, not on the curve."""
    signed = eddsa.issue().rpartition(".")[0]
    with pytest.raises(Unauthenticated):
        eddsa.present(f"{signed}.{encode(point + s.to_bytes(32, 'little'))}")


def test_every_bit_counts(eddsa: Door) -> None:
    signed, _, signature = eddsa.issue().rpartition(".")
    raw = bytearray(decode(signature))
    for bit in range(0, 512, 5):
        raw[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Unauthenticated):
            eddsa.present(f"{signed}.{encode(bytes(raw))}")
        raw[bit // 8] ^= 1 << bit % 8


def test_a_signature_of_other_claims(eddsa: Door) -> None:
    token, other = eddsa.sign(CLAIMS), eddsa.sign({**CLAIMS, "sub": "root"})
    with pytest.raises(Unauthenticated):
        eddsa.present(token.rpartition(".")[0] + "." + other.rpartition(".")[2])


def test_signing_draws_no_randomness(eddsa: Door) -> None:
    """RFC 8032 section 8.2: the same content, the same signature."""
    assert eddsa.sign(CLAIMS) == eddsa.sign(CLAIMS)
