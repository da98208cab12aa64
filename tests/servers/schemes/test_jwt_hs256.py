import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servers.accounts import Account
from servers.claims import Claims, Identity, new_claims
from servers.errors import Unauthenticated
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.schemes.jwt_hs256_lean import LeanHs256Tokens
from servers.settings import ServerSettings
from tests.servers.make_request import request
from tests.servers.server_process import ServerProcess

KEY = b"k" * 32
NOW = int(time.time())
CLAIMS = new_claims("user-000001", "user audit", 600).as_dict()
HEADER = {"alg": "HS256", "typ": "at+jwt"}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def encode(part: Any) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign(claims: Any, header: Any = HEADER, key: bytes = KEY, digest: str = "sha256") -> str:
    signed = f"{encode(header)}.{encode(claims)}"
    return f"{signed}.{encode(hmac.digest(key, signed.encode(), digest))}"


@pytest.fixture(scope="module", params=[Hs256Tokens, LeanHs256Tokens])
def scheme(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Hs256Tokens:
    """Both promise to accept and refuse the same."""
    file = tmp_path_factory.mktemp("key") / "key"
    file.touch(0o600)
    file.write_bytes(KEY)
    made: Hs256Tokens = request.param(ServerSettings(scheme=request.param.name, jwt_key_file=str(file)))
    asyncio.run(made.start())
    return made


@pytest.fixture(scope="module")
def present(scheme: Hs256Tokens) -> Callable[[str], Identity]:
    def ask(token: str) -> Identity:
        return asyncio.run(scheme.authenticate(request(("Authorization", f"Bearer {token}"))))

    return ask


Present = Callable[[str], Identity]


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CLAIMS.items() if key != name}


def test_a_good_token(present: Present) -> None:
    assert present(sign(CLAIMS)) == Identity("user-000001", ("user", "audit"))


@pytest.mark.parametrize("kind", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/at+JWT"])
def test_type_in_any_spelling(scheme: Hs256Tokens, present: Present, kind: str) -> None:
    """RFC 7515 section 4.1.9: media types are case-insensitive, application/ may be left out."""
    token = sign(CLAIMS, {**HEADER, "typ": kind})
    if isinstance(scheme, LeanHs256Tokens) and kind != HEADER["typ"]:
        # Nobody else signs with this key, so no other header than the own one is needed.
        with pytest.raises(Unauthenticated):
            present(token)
    else:
        assert present(token).sub == "user-000001"


def test_an_unknown_claim_is_ignored(present: Present) -> None:
    """RFC 7519 section 4."""
    assert present(sign({**CLAIMS, "colour": "blue"})).sub == "user-000001"


@pytest.mark.parametrize("name", list(CLAIMS))
def test_every_claim_is_required(present: Present, name: str) -> None:
    with pytest.raises(Unauthenticated):
        present(sign(without(name)))


@pytest.mark.parametrize("name", list(CLAIMS))
@pytest.mark.parametrize("value", [None, True, 1.5, "9999999999", [], {}, ["https://api.authbench.invalid"]])
def test_every_claim_has_its_type(present: Present, name: str, value: Any) -> None:
    if isinstance(value, str) and name in ("sub", "scope", "jti", "client_id"):
        value = 7
    with pytest.raises(Unauthenticated):
        present(sign({**CLAIMS, name: value}))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.invalid"},
        {"iss": "https://authbench.invalid/"},
        {"aud": "https://other.authbench.invalid"},
        {"sub": ""},
        {"exp": NOW - 1},
        {"exp": NOW},
        {"exp": 0},
        {"exp": -1},
        {"iat": NOW + 3600},
        {"nbf": NOW + 3600},
    ],
)
def test_claims_that_are_wrong(present: Present, changed: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        present(sign({**CLAIMS, **changed}))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "HS256"},
        {"alg": "HS256", "typ": "JWT"},
        {"alg": "HS256", "typ": "rt+jwt"},
        {"alg": "HS256", "typ": "application/application/at+jwt"},
        {"alg": "HS256", "typ": None},
        {"alg": "HS256", "typ": ["at+jwt"]},
        {"typ": "at+jwt"},
        {**HEADER, "alg": "hs256"},
        {**HEADER, "alg": None},
        {**HEADER, "alg": ["HS256"]},
        {**HEADER, "alg": ""},
        {**HEADER, "crit": ["exp"]},
        {**HEADER, "crit": []},
        {**HEADER, "crit": ["b64"], "b64": True},
        {**HEADER, "crit": ["b64"], "b64": False},
        {**HEADER, "b64": False},
        {**HEADER, "crit": "exp"},
        {**HEADER, "kid": 7},
        [],
        "at+jwt",
    ],
)
def test_headers_that_are_wrong(present: Present, header: Any) -> None:
    """All of them signed with the right key: it is the header that is refused."""
    with pytest.raises(Unauthenticated):
        present(sign(CLAIMS, header))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
@pytest.mark.parametrize("signature", ["", "AA"])
def test_unsigned_tokens(present: Present, algorithm: str, signature: str) -> None:
    with pytest.raises(Unauthenticated):
        present(f"{encode({**HEADER, 'alg': algorithm})}.{encode(CLAIMS)}.{signature}")


def test_other_algorithms_with_the_right_key(present: Present) -> None:
    for algorithm, digest in (("HS384", "sha384"), ("HS512", "sha512")):
        with pytest.raises(Unauthenticated):
            present(sign(CLAIMS, {**HEADER, "alg": algorithm}, digest=digest))


@pytest.mark.parametrize("key", [b"", b"secret", b"k" * 31, b"k" * 33, hashlib.sha256(KEY).digest()])
def test_other_keys(present: Present, key: bytes) -> None:
    with pytest.raises(Unauthenticated):
        present(sign(CLAIMS, key=key))


def test_every_changed_character_is_noticed(present: Present) -> None:
    token = sign(CLAIMS)
    for position in range(len(token)):
        other = "A" if token[position] != "A" else "B"
        with pytest.raises(Unauthenticated):
            present(token[:position] + other + token[position + 1 :])


def test_other_spellings_of_a_good_token(present: Present) -> None:
    """RFC 7515 section 2: no padding, no white space. One token has one spelling, also for a denylist."""
    token = sign(CLAIMS)
    header, claims, signature = token.split(".")
    spellings = [
        token + "=",
        token + "==",
        token + "===",
        f"{header}=.{claims}.{signature}",
        f"{header}.{claims}==.{signature}",
        f"{header}==.{claims}==.{signature}=",
        token + ".",
        "." + token,
        f"{header}..{claims}.{signature}",
        f"{token}.{signature}",
        f"{header}.{claims}",
        f"{header}.{claims}.",
        token + "\n",
        token + "%3D",
        token.replace("-", "+").replace("_", "/") + "/",
    ]
    # The last character of a 32-byte signature carries two unused bits: they must be zero.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(signature[-1])
    spellings += [token[:-1] + alphabet[last | bits] for bits in (1, 2, 3)]
    for spelling in spellings:
        with pytest.raises(Unauthenticated):
            present(spelling)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*CLAIMS, "nbf", "x"]), JSON))
def test_no_claims_break_it(present: Present, changed: dict[str, Any]) -> None:
    """A signed token with any content is an identity or a refusal, never an error."""
    try:
        identity = present(sign({**CLAIMS, **changed}))
    except Unauthenticated:
        return
    assert identity.sub == changed.get("sub", CLAIMS["sub"])


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["alg", "typ", "crit", "b64", "kid", "jwk", "jku", "x"]), JSON))
def test_no_header_breaks_it(present: Present, changed: dict[str, Any]) -> None:
    try:
        present(sign(CLAIMS, {**HEADER, **changed}))
    except Unauthenticated:
        return
    header = {**HEADER, **changed}
    assert (header["alg"], str(header["typ"]).lower()) == ("HS256", "at+jwt")
    assert "crit" not in header


@settings(deadline=None)
@given(st.text("ABab01-_.=", max_size=60))
def test_no_text_is_a_token(present: Present, text: str) -> None:
    with pytest.raises(Unauthenticated):
        present(text)


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"exp":' + b"9" * 9000 + b"}"]
)
def test_signed_nonsense(present: Present, payload: bytes) -> None:
    with pytest.raises(Unauthenticated):
        present(sign(payload))


def test_issued_tokens(scheme: Hs256Tokens, present: Present) -> None:
    """The shape of RFC 6749 section 5.1 and RFC 9068 section 2; no two alike."""
    account = Account("alice", "", "user")
    bodies = [asyncio.run(scheme.issue(account, request(), None)).body for _ in range(2)]
    token = bodies[0]["access_token"]
    assert {**bodies[0], "access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 900,
        "scope": "user",
    }
    assert jwt.get_unverified_header(token) == HEADER
    claims = Claims.parse(jwt.decode(token, options={"verify_signature": False}))
    assert claims.exp - claims.iat == 900
    assert present(token) == Identity("alice", ("user",))
    assert token != bodies[1]["access_token"]


def test_each_accepts_what_the_other_issues(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.touch(0o600)
    file.write_bytes(KEY)
    made = [
        kind(ServerSettings(scheme=kind.name, jwt_key_file=str(file)))
        for kind in (Hs256Tokens, LeanHs256Tokens)
    ]
    claims = new_claims("a user with ümlauts", "user", 600)
    tokens = []
    for scheme in made:
        asyncio.run(scheme.start())
        (credential,) = asyncio.run(scheme.seed([claims]))
        assert credential.refresh is None
        tokens.append(credential.headers)
    assert tokens[0] == tokens[1]


def test_the_card_is_true_of_its_lifetime(scheme: Hs256Tokens) -> None:
    assert scheme.card.revocation_window_s == 900
    assert not scheme.card.logout_ends_credential


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
