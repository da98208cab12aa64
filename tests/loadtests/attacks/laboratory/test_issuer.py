"""What the laboratory signs is what the servers' own libraries verify."""

from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from loadtests.attacks.laboratory.issuer import PURPOSES, issuer_of
from loadtests.attacks.laboratory.jws import Jws, with_hmac
from servers.keys.key_directory import open_directory
from servers.keys.keys import Keys


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    open_directory(tmp_path / "keys", 0)
    return tmp_path / "keys"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_key_pairs(directory: Path, algorithm: str) -> None:
    key = next(directory.glob(f"{algorithm}-*.pem")).read_text()
    issuer = issuer_of(directory, jwt.encode({"sub": "a"}, key, algorithm))
    assert issuer is not None
    forms = issuer.public_key_texts()
    assert {"PEM", "DER", "JWK"} <= set(forms)
    public = load_pem_public_key(forms["PEM"])
    token = issuer.token({"alg": algorithm, "typ": "at+jwt"}, {"sub": "b"})
    assert jwt.decode(token, public, [algorithm]) == {"sub": "b"}  # type: ignore[arg-type]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_secrets(directory: Path, purpose: str) -> None:
    key = Keys(str(directory)).derived(purpose)[0]
    issuer = issuer_of(directory, jwt.encode({"sub": "a"}, key, "HS256"))
    assert issuer is not None
    assert issuer.public is None
    assert jwt.decode(issuer.token({"alg": "HS256"}, {"sub": "b"}), key, ["HS256"]) == {"sub": "b"}


def test_nobody_signed_it(directory: Path) -> None:
    assert issuer_of(directory, jwt.encode({"sub": "a"}, "x" * 32, "HS256")) is None


def test_a_token_is_taken_apart() -> None:
    token = Jws.parse(jwt.encode({"sub": "a"}, "x" * 32, "HS256"))
    assert token is not None
    assert token.claims == {"sub": "a"}
    assert with_hmac(token.header, token.claims, b"x" * 32).endswith(token.signature)
    for text in ("", "a.b", "a.b.c", "e30.MQ.x"):
        assert Jws.parse(text) is None
