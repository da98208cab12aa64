import asyncio
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from servers.claims import Identity, new_claims
from servers.errors import Unauthenticated
from servers.schemes.jwt_rs256 import Rs256Tokens
from servers.settings import ServerSettings
from tests.servers.make_request import request
from tests.servers.schemes.test_jwt_hs256 import encode, sign

CLAIMS = new_claims("user-000001", "user audit", 600)
TYPE = {"typ": "at+jwt"}


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def scheme(key: RSAPrivateKey, tmp_path_factory: pytest.TempPathFactory) -> Rs256Tokens:
    file = tmp_path_factory.mktemp("key") / "key.pem"
    file.touch(0o600)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    made = Rs256Tokens(ServerSettings(scheme="jwt-rs256", jwt_key_file=str(file)))
    asyncio.run(made.start())
    return made


def present(scheme: Rs256Tokens, token: str) -> Identity:
    return asyncio.run(scheme.authenticate(request(("Authorization", f"Bearer {token}"))))


def test_the_key_of_the_file_signs(scheme: Rs256Tokens, key: RSAPrivateKey) -> None:
    token = jwt.encode(CLAIMS.as_dict(), key, "RS256", TYPE)
    assert present(scheme, token) == Identity("user-000001", ("user", "audit"))
    (credential,) = asyncio.run(scheme.seed([CLAIMS]))
    own = credential.headers["Authorization"].removeprefix("Bearer ")
    assert jwt.get_unverified_header(own) == {
        "alg": "RS256",
        "kid": scheme.jwks()["keys"][0]["kid"],
        "typ": "at+jwt",
    }
    assert present(scheme, own) == present(scheme, token)
    assert scheme.crypto["key_bits"] == 2048
    assert str(scheme.crypto["backend"]).startswith("cryptography ")


def test_the_public_key_is_no_secret_to_sign_with(scheme: Rs256Tokens, key: RSAPrivateKey) -> None:
    """RFC 8725 section 2.1: whoever has the public key must not be able to make tokens with it."""
    for public in (
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ):
        for algorithm in ("HS256", "RS256"):
            with pytest.raises(Unauthenticated):
                present(scheme, sign(CLAIMS.as_dict(), {"alg": algorithm, **TYPE}, public))


def test_other_algorithms_and_keys(scheme: Rs256Tokens, key: RSAPrivateKey) -> None:
    for algorithm in ("RS384", "RS512", "PS256"):
        with pytest.raises(Unauthenticated):
            present(scheme, jwt.encode(CLAIMS.as_dict(), key, algorithm, TYPE))
    with pytest.raises(Unauthenticated):
        present(scheme, jwt.encode(CLAIMS.as_dict(), generate_private_key(65537, 2048), "RS256", TYPE))
    with pytest.raises(Unauthenticated):
        present(scheme, f"{encode({'alg': 'none', **TYPE})}.{encode(CLAIMS.as_dict())}.")


def test_every_part_is_signed(scheme: Rs256Tokens, key: RSAPrivateKey) -> None:
    token = jwt.encode(CLAIMS.as_dict(), key, "RS256", TYPE)
    for position in range(0, len(token), 7):
        other = "A" if token[position] != "A" else "B"
        with pytest.raises(Unauthenticated):
            present(scheme, token[:position] + other + token[position + 1 :])


def test_expired_and_meant_for_others(scheme: Rs256Tokens, key: RSAPrivateKey) -> None:
    for changed in (
        {"exp": CLAIMS.iat - 1},
        {"aud": "https://other.invalid"},
        {"iss": "https://evil.invalid"},
    ):
        with pytest.raises(Unauthenticated):
            present(scheme, jwt.encode({**CLAIMS.as_dict(), **changed}, key, "RS256", TYPE))


def test_a_fresh_key_without_a_file(tmp_path: Path, scheme: Rs256Tokens) -> None:
    other = Rs256Tokens(ServerSettings(scheme="jwt-rs256"))
    asyncio.run(other.start())
    (credential,) = asyncio.run(other.seed([CLAIMS]))
    assert asyncio.run(other.authenticate(request(*credential.headers.items()))).sub == CLAIMS.sub
    with pytest.raises(Unauthenticated):
        asyncio.run(scheme.authenticate(request(*credential.headers.items())))
