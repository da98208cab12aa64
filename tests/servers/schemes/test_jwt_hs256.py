import asyncio
import hashlib
from pathlib import Path

import pytest

from servers.contract.claims import new_claims
from servers.contract.errors import Unauthenticated
from servers.contract.settings import ServerSettings
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.schemes.jwt_hs256_lean import LeanHs256Tokens
from servers.schemes.parts.composed import ComposedScheme
from tests.servers.key_directories import key_directory
from tests.servers.make_request import request
from tests.servers.schemes.signed_tokens import CLAIMS, SECRET, SYMMETRIC, Door, door, jws, mac
from tests.servers.server_process import ServerProcess


@pytest.fixture(scope="module", params=SYMMETRIC, ids=lambda kind: kind.name)
def symmetric(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Door:
    kind: type[ComposedScheme] = request.param
    return door(kind, tmp_path_factory.mktemp(kind.name))


def test_other_algorithms_with_the_right_key(symmetric: Door) -> None:
    for algorithm, digest in (("HS384", "sha384"), ("HS512", "sha512")):
        with pytest.raises(Unauthenticated):
            symmetric.present(jws({**symmetric.header, "alg": algorithm}, CLAIMS, mac(SECRET, digest)))


@pytest.mark.parametrize("key", [b"", b"secret", b"k" * 31, b"k" * 33, hashlib.sha256(SECRET).digest()])
def test_other_keys(symmetric: Door, key: bytes) -> None:
    with pytest.raises(Unauthenticated):
        symmetric.present(jws(symmetric.header, CLAIMS, mac(key)))


def test_each_accepts_what_the_other_issues(tmp_path: Path) -> None:
    keys = key_directory(tmp_path)
    made = [
        kind(ServerSettings(scheme=kind.name, keys_directory=keys)) for kind in (Hs256Tokens, LeanHs256Tokens)
    ]
    claims = new_claims("a user with ümlauts", "user", 600)
    tokens = []
    for scheme in made:
        asyncio.run(scheme.start())
        (credential,) = asyncio.run(scheme.seed([claims]))
        assert credential.refresh is None
        tokens.append(credential.headers)
    assert tokens[0] == tokens[1]


def test_challenges_over_http(tokens: ServerProcess) -> None:
    """RFC 6750 section 3: an error code only if a token was sent."""
    missing = tokens.request("GET", "/me")
    assert missing.headers["www-authenticate"] == 'Bearer realm="authbench"'
    (expired,) = tokens.seed(lifetime_s=-1)
    refused = tokens.request("GET", "/me", expired)
    assert refused.status == 401
    assert refused.headers["www-authenticate"] == 'Bearer realm="authbench", error="invalid_token"'
    good = list(tokens.seed()[0].items())
    assert tokens.request("GET", "/me", good).status == 200
    assert tokens.request("GET", "/me", good + good).status == 401


def test_a_fresh_key_for_every_process(tokens: ServerProcess) -> None:
    (credential,) = tokens.seed()
    other = Hs256Tokens(ServerSettings(scheme="jwt-hs256"))
    asyncio.run(other.start())
    with pytest.raises(Unauthenticated):
        asyncio.run(other.authenticate(request(*credential.items())))
