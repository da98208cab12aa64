"""RSA's own ways to be wrong, after those Project Wycheproof collects."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from servers.contract.errors import Unauthenticated
from servers.schemes.jwt_rs256 import Rs256Tokens
from tests.servers.schemes.signed_tokens import CLAIMS, Door, decode, door, encode, jws


@pytest.fixture(scope="module")
def rs256(tmp_path_factory: pytest.TempPathFactory) -> Door:
    return door(Rs256Tokens, tmp_path_factory.mktemp("rs256"))


def rsa_key(rs256: Door) -> RSAPrivateKey:
    assert isinstance(rs256.key, RSAPrivateKey)
    return rs256.key


def test_other_algorithms_with_the_right_key(rs256: Door) -> None:
    """Under their own names, and under that of RS256."""
    key = rsa_key(rs256)
    others: dict[str, Callable[[bytes], bytes]] = {
        "RS384": lambda signed: key.sign(signed, PKCS1v15(), hashes.SHA384()),
        "RS512": lambda signed: key.sign(signed, PKCS1v15(), hashes.SHA512()),
        "PS256": lambda signed: key.sign(signed, PSS(MGF1(hashes.SHA256()), 32), hashes.SHA256()),
    }
    for name, signature in others.items():
        for algorithm in (name, "RS256"):
            with pytest.raises(Unauthenticated):
                rs256.present(jws({**rs256.header, "alg": algorithm}, CLAIMS, signature))


def test_special_numbers(rs256: Door) -> None:
    numbers = rsa_key(rs256).public_key().public_numbers()
    signed, _, signature = rs256.issue().rpartition(".")
    good = int.from_bytes(decode(signature), "big")
    for number in (0, 1, 2, numbers.n - 1, numbers.n, numbers.n - good, 2**2048 - 1):
        with pytest.raises(Unauthenticated):
            rs256.present(f"{signed}.{encode(number.to_bytes(256, 'big'))}")
    # The same number modulo n.
    with pytest.raises(Unauthenticated):
        rs256.present(f"{signed}.{encode((good + numbers.n).to_bytes(257, 'big'))}")


def test_padding_that_is_not_checked_to_its_end(rs256: Door) -> None:
    """Bleichenbacher's forgery: the hash moved forward, rubbish behind it. Signed here with the key, so that
    nothing but the padding can be wrong."""
    numbers = rsa_key(rs256).private_numbers()
    modulus = numbers.public_numbers.n
    signed = rs256.issue().rpartition(".")[0]
    digest = hashes.Hash(hashes.SHA256())
    digest.update(signed.encode())
    info = bytes.fromhex("3031300d060960864801650304020105000420") + digest.finalize()
    filling = 256 - 3 - len(info)
    good = b"\0\x01" + b"\xff" * filling + b"\0" + info
    blocks = {
        good: True,
        b"\0\x01" + b"\xff" * 8 + b"\0" + info + bytes(filling - 8): False,
        b"\0\x02" + b"\xff" * filling + b"\0" + info: False,
        b"\0\x00" + b"\xff" * filling + b"\0" + info: False,
        b"\0\x01" + b"\xff" * (filling - 1) + b"\xfe\0" + info: False,
        # The parameters of the hash left out: another encoding of the same thing.
        b"\0\x01" + b"\xff" * (filling + 2) + b"\0" + bytes.fromhex("302f300b0609608648016503040201")
        + bytes.fromhex("0420") + info[-32:]: False,
    }  # fmt: skip
    for block, accepted in blocks.items():
        assert len(block) == 256
        signature = pow(int.from_bytes(block, "big"), numbers.d, modulus).to_bytes(256, "big")
        token = f"{signed}.{encode(signature)}"
        if accepted:
            assert rs256.present(token).sub == "user-000001"
        else:
            with pytest.raises(Unauthenticated):
                rs256.present(token)


def test_signing_draws_no_randomness(rs256: Door) -> None:
    assert rs256.sign(CLAIMS) == rs256.sign(CLAIMS)
