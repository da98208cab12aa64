"""Proofs of possession: each check of RFC 9449 section 4.3, and what a stolen token is worth."""

import asyncio
import base64
import json
import time
from typing import Any
from urllib.parse import unquote

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from starlette.requests import Request

from authbench.contracts.failure import Failure
from loadtests.clients.dpop_proof import ProofKey
from servers.contract.claims import new_claims
from servers.contract.errors import StoreUnavailable, Unauthenticated
from servers.contract.scheme import Account
from servers.contract.settings import ServerSettings
from servers.schemes.jwt_dpop import DpopTokens
from tests.servers.redis_process import RedisProcess
from tests.servers.schemes.in_process import fresh_prefix, started
from tests.servers.schemes.signed_tokens import decode, encode, signature_of
from tests.servers.stores.session_stores import run

ORIGIN = "http://127.0.0.1:8000"
KEY = ProofKey()
ALICE = Account("alice", "", "user")


@pytest.fixture(scope="module")
def scheme() -> DpopTokens:
    made = DpopTokens(ServerSettings(scheme="jwt-dpop"))
    made.origin = ORIGIN
    made.prepare()
    asyncio.run(made.start())
    return made


def asking(token: str, *proofs: str, kind: str = "DPoP", method: str = "GET", path: str = "/me") -> Request:
    """`path` as it is sent; uvicorn decodes it for those who route by it."""
    headers = [
        (b"authorization", f"{kind} {token}".encode()),
        *((b"dpop", proof.encode()) for proof in proofs),
    ]
    paths = {"path": unquote(path), "raw_path": path.encode()}
    return Request({"type": "http", "method": method, **paths, "scheme": "http", "headers": headers})


def token_for(scheme: DpopTokens) -> str:
    claims = new_claims("alice", "user", 600, jkt=KEY.thumbprint)
    (credential,) = asyncio.run(scheme.seed([claims]))
    return credential.headers["Authorization"].removeprefix("DPoP ")


def refused(scheme: DpopTokens, request: Request) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as caught:
        asyncio.run(scheme.authenticate(request))
    assert caught.value.challenge is not None
    assert caught.value.challenge.startswith('DPoP realm="authbench", algs="ES256"')
    return caught.value


def test_a_proof_of_the_tokens_key_lets_in(scheme: DpopTokens) -> None:
    token = token_for(scheme)
    for uri in (f"{ORIGIN}/me", f"{ORIGIN}/me?query#part", "HTTP://127.0.0.1:8000/me"):
        request = asking(token, KEY.sign("GET", uri, token))
        assert asyncio.run(scheme.authenticate(request)).sub == "alice"


@pytest.mark.parametrize(
    ("sent", "claimed"),
    [
        ("/me", "/%6De"),
        ("/%6De", "/me"),
        ("/%6de", "/m%65"),
        ("/me", "/x/../me"),
        ("/me", "/./%2e%2E/me"),
        ("/sessions/a%2fb", "/sessions/a%2Fb"),
        ("/sessions/%c3%a9", "/sessions/%C3%A9"),
        ("/", ""),
    ],
)
def test_two_spellings_of_one_address_are_one(scheme: DpopTokens, sent: str, claimed: str) -> None:
    """RFC 3986 section 6.2.2 and 6.2.3, as RFC 9449 section 4.3 recommends."""
    token = token_for(scheme)
    request = asking(token, KEY.sign("GET", ORIGIN + claimed, token), path=sent)
    assert asyncio.run(scheme.authenticate(request)).sub == "alice"


@pytest.mark.parametrize(
    ("sent", "claimed"),
    [
        ("/sessions/a%2Fb", "/sessions/a/b"),
        ("/sessions/a/b", "/sessions/a%2Fb"),
        ("/sessions/a%3Fb", "/sessions/a?b"),
        ("/sessions/%25%32%66", "/sessions/%2f"),
        ("/me", "/me/"),
        ("/me", "//me"),
        ("/me", "/m%zz"),
        ("/m%zz", "/m%zz"),
        ("/me", "/me%"),
        ("/me", "/me\n"),
        ("/me", "/me é"),
        ("/me", "\\me"),
    ],
)
def test_two_addresses_stay_two(scheme: DpopTokens, sent: str, claimed: str) -> None:
    token = token_for(scheme)
    refused(scheme, asking(token, KEY.sign("GET", ORIGIN + claimed, token), path=sent))


@pytest.mark.parametrize("around", [" ", "\t", " \t "])
def test_what_surrounds_a_value_is_no_part_of_it(scheme: DpopTokens, around: str) -> None:
    """RFC 9110 section 5.5."""
    token = token_for(scheme)
    request = asking(token + around, around + KEY.sign("GET", f"{ORIGIN}/me", token) + around)
    assert asyncio.run(scheme.authenticate(request)).sub == "alice"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
@pytest.mark.parametrize("part", [0, 1])
def test_proofs_are_utf_8(scheme: DpopTokens, encoding: str, part: int) -> None:
    """RFC 8725 section 3.7. The same text in another encoding, with a good signature."""
    token = token_for(scheme)
    for other, good in ((encoding, False), ("utf-8", True)):
        parts = KEY.sign("GET", f"{ORIGIN}/me", token).split(".")[:2]
        parts[part] = encode(decode(parts[part]).decode().encode(other))
        signed = ".".join(parts)
        request = asking(token, f"{signed}.{encode(signature_of(KEY._key)(signed.encode()))}")
        if good:
            assert asyncio.run(scheme.authenticate(request)).sub == "alice"
        else:
            refused(scheme, request)


def test_the_schemes_own_port_may_be_spelled_out() -> None:
    scheme = DpopTokens(ServerSettings(scheme="jwt-dpop", public_origin="https://bench.example"))
    asyncio.run(scheme.start())
    token = token_for(scheme)
    for origin in ("https://bench.example", "https://bench.example:443", "https://BENCH.example"):
        request = asking(token, KEY.sign("GET", f"{origin}/me", token))
        assert asyncio.run(scheme.authenticate(request)).sub == "alice"
    for origin in ("https://bench.example:80", "http://bench.example"):
        refused(scheme, asking(token, KEY.sign("GET", f"{origin}/me", token)))


def test_a_stolen_token_is_worth_nothing(scheme: DpopTokens) -> None:
    token, thief = token_for(scheme), ProofKey()
    refused(scheme, asking(token))
    refused(scheme, asking(token, kind="Bearer"))  # section 7.2
    refused(scheme, asking(token, KEY.sign("GET", f"{ORIGIN}/me", token), kind="Bearer"))
    stolen = refused(scheme, asking(token, thief.sign("GET", f"{ORIGIN}/me", token)))
    assert 'error="invalid_token"' in str(stolen.challenge)


def test_a_stolen_proof_is_for_its_own_request(scheme: DpopTokens) -> None:
    token, other = token_for(scheme), token_for(scheme)
    proof = KEY.sign("GET", f"{ORIGIN}/me", token)
    refused(scheme, asking(token, proof, method="POST"))
    refused(scheme, asking(token, proof, path="/orders"))
    refused(scheme, asking(other, proof))
    refused(scheme, asking(token, proof, proof))
    for uri in (
        "http://elsewhere.test/me",
        "https://127.0.0.1:8000/me",
        "http://127.0.0.1/me",
        "http://somebody@127.0.0.1:8000/me",
        "http://127.0.0.1:x/me",
        f"{ORIGIN}/ME",
        "",
        "/me",
    ):
        refused(scheme, asking(token, KEY.sign("GET", uri, token)))
    refused(scheme, asking(token, KEY.sign("GET", f"{ORIGIN}/me")))  # of no token
    now = int(time.time())
    for made in (now - 301, now + 60):
        refused(scheme, asking(token, KEY.sign("GET", f"{ORIGIN}/me", token, issued_at=made)))


def forged(token: str, key: Any = KEY._key, algorithm: str = "ES256", **changes: Any) -> str:
    """A proof with something else in header (`header_...`) or claims; None takes a claim out."""
    good = KEY.sign("GET", f"{ORIGIN}/me", token)
    claims = jwt.decode(good, options={"verify_signature": False})
    header = jwt.get_unverified_header(good)
    for changed, value in changes.items():
        place = header if changed.startswith("header_") else claims
        place.pop(changed.removeprefix("header_"), None)
        if value is not None:
            place[changed.removeprefix("header_")] = value
    header.pop("alg")
    return jwt.encode(claims, key, algorithm, header)


OTHER = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
PUBLIC = {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}


@pytest.mark.parametrize(
    "changes",
    [
        {"header_typ": "JWT"},
        {"header_typ": "at+jwt"},
        {"header_jwk": None},
        {"header_jwk": "text"},
        {"header_jwk": PUBLIC},  # no point of the curve
        {"header_jwk": {**PUBLIC, "x": 7}},
        {"header_jwk": {**PUBLIC, "x": "AA"}},
        {"header_jwk": {"kty": "oct", "k": "c2VjcmV0"}},
        {"header_jwk": ECAlgorithm.to_jwk(OTHER, as_dict=True)},  # a private key
        {"header_jwk": ECAlgorithm.to_jwk(OTHER.public_key(), as_dict=True)},  # not the one that signed
        {
            "key": P384,
            "algorithm": "ES384",
            "header_jwk": ECAlgorithm.to_jwk(P384.public_key(), as_dict=True),
        },
        {"key": "k" * 32, "algorithm": "HS256"},
        {"key": None, "algorithm": "none"},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "x" * 257},
        {"jti": "\ud800"},
        {"htm": None},
        {"htm": "get"},
        {"htu": None},
        {"htu": 7},
        {"htu": ["http://127.0.0.1:8000/me"]},
        {"iat": None},
        {"iat": "now"},
        {"iat": 1e300},
        {"iat": True},
        {"iat": float("inf")},
        {"ath": None},
        {"ath": 7},
        {"ath": "A" * 43},
    ],
)
def test_every_other_proof_is_refused(scheme: DpopTokens, changes: dict[str, Any]) -> None:
    token = token_for(scheme)
    caught = refused(scheme, asking(token, forged(token, **changes)))
    assert 'error="invalid_dpop_proof"' in str(caught.challenge)


def test_on_loopback_localhost_is_the_same_server(scheme: DpopTokens) -> None:
    token = token_for(scheme)
    for claimed, good in (
        ("http://localhost:8000/me", True),
        ("HTTP://LOCALHOST:8000/m%65?a#b", True),
        ("http://localhost:8001/me", False),
        ("http://localhost/me", False),
        ("https://localhost:8000/me", False),
        ("http://localhost.:8000/me", False),
        ("http://localhost.example:8000/me", False),
        ("http://[::1]:8000/me", False),
    ):
        request = asking(token, KEY.sign("GET", claimed, token))
        if good:
            assert asyncio.run(scheme.authenticate(request)).sub == "alice"
        else:
            refused(scheme, request)


@pytest.mark.parametrize(
    ("claimed", "good"),
    [
        ("http://127.0.0.1:8000/me", True),
        ("http://[::1]:8000/me", True),
        ("http://127.0.0.2:8000/me", False),
        ("http://127.0.0.1:8001/me", False),
    ],
)
def test_who_listens_on_localhost_has_its_addresses_too(claimed: str, good: bool) -> None:
    made = DpopTokens(ServerSettings(scheme="jwt-dpop", host="localhost"))
    made.origin = "http://localhost:8000"
    made.prepare()
    asyncio.run(made.start())
    token = token_for(made)
    request = asking(token, KEY.sign("GET", claimed, token))
    if good:
        assert asyncio.run(made.authenticate(request)).sub == "alice"
    else:
        refused(made, request)


def test_a_time_may_have_a_fraction(scheme: DpopTokens) -> None:
    """RFC 7519 section 2, NumericDate: as a client writes it that divides milliseconds."""
    token = token_for(scheme)
    request = asking(token, forged(token, iat=time.time()))
    assert asyncio.run(scheme.authenticate(request)).sub == "alice"


@pytest.mark.parametrize("proof", ["", "x", "a.b.c", "é", "{}.{}.{}", "." * 5000])
def test_what_is_no_token_is_refused(scheme: DpopTokens, proof: str) -> None:
    token = token_for(scheme)
    request = asking(token)
    request.scope["headers"].append((b"dpop", proof.encode("utf-8")))
    refused(scheme, request)


def test_a_changed_signature_is_refused(scheme: DpopTokens) -> None:
    token = token_for(scheme)
    head, body, signature = KEY.sign("GET", f"{ORIGIN}/me", token).split(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
    raw[10] ^= 1
    wrong = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    refused(scheme, asking(token, f"{head}.{body}.{wrong}"))


def test_a_token_bound_to_nothing_is_refused(scheme: DpopTokens) -> None:
    (credential,) = asyncio.run(scheme.seed([new_claims("alice", "user", 600)]))
    token = credential.headers["Authorization"].removeprefix("DPoP ")
    refused(scheme, asking(token, KEY.sign("GET", f"{ORIGIN}/me", token)))


def test_a_login_binds_its_token_to_the_key_of_its_proof(scheme: DpopTokens) -> None:
    proof = KEY.sign("POST", f"{ORIGIN}/login")
    request = asking("", proof, method="POST", path="/login")
    body = asyncio.run(scheme.issue(ALICE, request, None)).body
    assert body["token_type"] == "DPoP"
    token = body["access_token"]
    said = jwt.decode(token, options={"verify_signature": False})
    assert said["cnf"] == {"jkt": KEY.thumbprint}
    good = asking(token, KEY.sign("GET", f"{ORIGIN}/me", token))
    assert asyncio.run(scheme.authenticate(good)).sub == "alice"
    with pytest.raises(Unauthenticated):
        asyncio.run(scheme.issue(ALICE, asking("", method="POST", path="/login"), None))


def test_where_proofs_are_good_once_a_second_use_is_refused(redis_server: RedisProcess) -> None:
    async def inside() -> None:
        prefix = fresh_prefix()
        async with started(DpopTokens, redis_server, prefix, dpop_replay_store=True) as scheme:
            scheme.origin = ORIGIN
            (credential,) = await scheme.seed([new_claims("alice", "user", 600, jkt=KEY.thumbprint)])
            token = credential.headers["Authorization"].removeprefix("DPoP ")
            # From a clock that is ahead: the proof is good for longer, and must be remembered for longer.
            ahead = int(time.time()) + 4
            request = asking(token, KEY.sign("GET", f"{ORIGIN}/me", token, issued_at=ahead))
            results = await asyncio.gather(
                *(scheme.authenticate(request) for _ in range(16)), return_exceptions=True
            )
            refusals = [result for result in results if isinstance(result, Unauthenticated)]
            assert len(refusals) == 15
            assert 'error="invalid_dpop_proof"' in str(refusals[0].challenge)
            (key,) = redis_server.ask("KEYS", f"{prefix}*")
            assert redis_server.ask("TTL", key) >= ahead + 300 - int(time.time())
            assert (await scheme.authenticate(asking(token, KEY.sign("GET", f"{ORIGIN}/me", token)))).sub
            assert json.dumps(scheme.card.store_commands["read"]) == '{"set": 1}'  # type: ignore[index]
            assert len(await scheme.ping_store(3)) == 3
            assert await scheme.delete_keys() == 2

    run(inside())


def test_without_its_store_no_proof_is_good_once(own_redis: RedisProcess) -> None:
    async def inside() -> None:
        async with started(DpopTokens, own_redis, dpop_replay_store=True, store_deadline_ms=1000) as scheme:
            scheme.origin = ORIGIN
            (credential,) = await scheme.seed([new_claims("alice", "user", 600, jkt=KEY.thumbprint)])
            token = credential.headers["Authorization"].removeprefix("DPoP ")
            own_redis.freeze()
            try:
                with pytest.raises(StoreUnavailable):
                    await scheme.authenticate(asking(token, KEY.sign("GET", f"{ORIGIN}/me", token)))
            finally:
                own_redis.thaw()
            assert scheme.store_failures == 1

    run(inside())


def test_good_once_needs_a_redis() -> None:
    scheme = DpopTokens(ServerSettings(scheme="jwt-dpop", dpop_replay_store=True))
    with pytest.raises(Failure, match="give --redis-url"):
        asyncio.run(scheme.start())
