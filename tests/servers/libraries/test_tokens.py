"""Tokens that joserfc and Authlib make and check: what they refuse, and that ours know them and they ours."""

import base64
import json

import jwt
import pytest

from servers.contract.claims import Claims, new_claims
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.codec import TokenCodec
from servers.discovery import find_scheme
from servers.keys.key_pairs import RS256
from servers.schemes.parts.composed import ComposedScheme
from servers.schemes.parts.credentials import Signed
from tests.servers.libraries.visits import after_logout, needs, run, visited
from tests.servers.redis_process import RedisProcess

NAMES = ["joserfc-hs256", "authlib-rs256"]


def prepared(name: str) -> tuple[ComposedScheme, TokenCodec]:
    needs(name)
    scheme = find_scheme(name)(ServerSettings(scheme=name))
    assert isinstance(scheme, ComposedScheme)
    scheme.prepare()
    assert isinstance(scheme.credential, Signed)
    return scheme, scheme.credential.codec


def resigned(scheme: ComposedScheme, header: dict[str, object], claims: dict[str, object]) -> str:
    """What PyJWT makes of these with the scheme's own key."""
    if scheme.name == "joserfc-hs256":
        key: object = scheme.keys.derived("access token")[0]
    else:
        key = scheme.keys.pairs(RS256)[0].key
    algorithm = str(header.pop("alg"))
    return jwt.encode(claims, key, algorithm, header)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_claims_are_there_and_back(name: str) -> None:
    _, codec = prepared(name)
    claims = new_claims("user-000001", "user", 60)
    token = codec.encode(claims)
    assert codec.decode(token) == claims
    header = json.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))
    assert header["typ"] == "at+jwt"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_for_us_is_refused(name: str) -> None:
    scheme, codec = prepared(name)
    algorithm = "HS256" if name == "joserfc-hs256" else "RS256"
    good = new_claims("user-000001", "user", 60).as_dict()
    header: dict[str, object] = {"alg": algorithm, "typ": "at+jwt"}
    assert codec.decode(resigned(scheme, dict(header), good)) == Claims.parse(good)
    for changed in (
        {"aud": "https://elsewhere.invalid"},
        {"iss": "https://elsewhere.invalid"},
        {"exp": good["iat"] - 60},
        {"exp": "soon"},
        {"sub": None},
    ):
        with pytest.raises(ValueError, match=r"."):
            codec.decode(resigned(scheme, dict(header), good | changed))
    with pytest.raises(ValueError, match=r"."):
        codec.decode(resigned(scheme, {"alg": algorithm, "typ": "dpop+jwt"}, good))


@pytest.mark.parametrize("name", NAMES)
def test_forgeries(name: str) -> None:
    _, codec = prepared(name)
    token = codec.encode(new_claims("user-000001", "user", 60))
    header, payload, signature = token.split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').rstrip(b"=").decode()
    for forged in (
        "",
        ".",
        "..",
        "a.b.c",
        token[:-4],
        f"{unsigned}.{payload}.",
        f"{header}.{payload}.",
        payload,
    ):
        with pytest.raises(ValueError, match=r"."):
            codec.decode(forged)
    changed = signature[:20] + ("A" if signature[20] != "A" else "B") + signature[21:]
    with pytest.raises(ValueError, match=r"."):
        codec.decode(f"{header}.{payload}.{changed}")


@pytest.mark.parametrize("name", NAMES)
def test_a_logout_ends_nothing(name: str, redis_server: RedisProcess) -> None:
    needs(name)

    async def visit() -> None:
        async with visited(name, redis_server) as found:
            assert await after_logout(found, in_flight=False) == "alice"
            assert not found.scheme.card.logout_ends_credential

    run(visit())
