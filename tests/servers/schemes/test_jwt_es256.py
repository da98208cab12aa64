"""ECDSA's own ways to be wrong, after those Project Wycheproof collects."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from servers.contract.claims import Identity
from servers.contract.errors import Unauthenticated
from servers.contract.settings import ServerSettings
from servers.schemes.jwt_es256 import Es256Tokens
from servers.schemes.parts.signers import KeyPair
from tests.servers.schemes.in_process import signed_part
from tests.servers.schemes.signed_tokens import CLAIMS, Door, decode, door, encode

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""n of P-256 (FIPS 186-4 section D.1.2.3)."""
PRIME = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF


@pytest.fixture(scope="module")
def es256(tmp_path_factory: pytest.TempPathFactory) -> Door:
    return door(Es256Tokens, tmp_path_factory.mktemp("es256"))


def parts(token: str) -> tuple[str, int, int]:
    signed, _, signature = token.rpartition(".")
    raw = decode(signature)
    return signed, int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")


def with_numbers(signed: str, r: int, s: int) -> str:
    return f"{signed}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


@pytest.mark.parametrize(
    "r", [0, 1, ORDER - 1, ORDER, ORDER + 1, PRIME - ORDER, PRIME - 1, PRIME, 2**256 - 1]
)
@pytest.mark.parametrize("s", [0, 1, ORDER - 1, ORDER, ORDER + 1, 2**256 - 1])
def test_special_numbers(es256: Door, r: int, s: int) -> None:
    """(0, 0) verified anything in some Java releases (CVE-2022-21449). RFC 8725 section 3.4."""
    signed = es256.issue().rpartition(".")[0]
    with pytest.raises(Unauthenticated):
        es256.present(with_numbers(signed, r, s))


def test_one_number_is_not_enough(es256: Door) -> None:
    signed, r, s = parts(es256.issue())
    for changed in (
        (s, r),
        (ORDER - r, s),
        (r, 0),
        (0, s),
        (r, ORDER),
        (ORDER, s),
        (r, 1),
        (r, s ^ 1),
        (r ^ 1, s),
    ):
        with pytest.raises(Unauthenticated):
            es256.present(with_numbers(signed, *changed))


def test_numbers_above_the_order(es256: Door) -> None:
    """The same number modulo n, where it fits into 32 bytes."""
    signed, r, s = parts(es256.issue())
    for changed in ((r + ORDER, s), (r, s + ORDER), (r + ORDER, s + ORDER)):
        if max(changed) < 2**256:
            with pytest.raises(Unauthenticated):
                es256.present(with_numbers(signed, *changed))
    raw = (r + ORDER).to_bytes(33, "big") + (s + ORDER).to_bytes(33, "big")
    with pytest.raises(Unauthenticated):
        es256.present(f"{signed}.{encode(raw)}")


def test_the_form_certificates_use(es256: Door) -> None:
    """RFC 7518 section 3.4: two numbers side by side, not the DER of TLS and X.509."""
    signed, r, s = parts(es256.issue())
    with pytest.raises(Unauthenticated):
        es256.present(f"{signed}.{encode(encode_dss_signature(r, s))}")


def test_a_token_has_a_second_spelling(es256: Door) -> None:
    """Anybody can write (r, n - s) for (r, s), and every library takes it. It is the same token, and says the
    same; whoever lists tokens must list their `jti`."""
    token = es256.issue()
    signed, r, s = parts(token)
    twin = with_numbers(signed, r, ORDER - s)
    assert twin != token
    assert es256.present(twin) == es256.present(token) == Identity("user-000001", ("user", "audit"))


def test_no_signature_is_like_another(es256: Door) -> None:
    assert len({es256.sign(CLAIMS) for _ in range(20)}) == 20


def test_the_published_key(tmp_path: Path) -> None:
    """Fresh keys are on the curve the algorithm is for."""
    fresh = Es256Tokens(ServerSettings(scheme="jwt-es256", keys_directory=str(tmp_path / "keys")))
    fresh.prepare()
    pair = signed_part(fresh).signer
    assert isinstance(pair, KeyPair)
    (key,) = pair.jwks()["keys"]
    assert (key["kty"], key["crv"]) == ("EC", "P-256")
