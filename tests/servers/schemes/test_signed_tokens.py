"""What every scheme of signed tokens accepts and refuses, whatever signs them: the same."""

import asyncio
import json
import time
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authbench.contracts.card import Operation
from servers.contract.claims import Claims, Identity, new_claims
from servers.contract.errors import Unauthenticated
from servers.contract.scheme import Account
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.refresh_tokens import RefreshTokens
from tests.servers.make_request import request
from tests.servers.schemes.signed_tokens import CLAIMS, Door, encode, jws

NOW = int(time.time())

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CLAIMS.items() if key != name}


def test_a_good_token(signed: Door) -> None:
    assert signed.present(signed.sign(CLAIMS)) == Identity("user-000001", ("user", "audit"))


@pytest.mark.parametrize("kind", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/at+JWT"])
def test_type_in_any_spelling(signed: Door, kind: str) -> None:
    """RFC 7515 section 4.1.9: media types are case-insensitive, application/ may be left out."""
    token = signed.sign(CLAIMS, {**signed.header, "typ": kind})
    if signed.lean and kind != "at+jwt":
        # Nobody else signs with this key, so no other header than the own one is needed.
        with pytest.raises(Unauthenticated):
            signed.present(token)
    else:
        assert signed.present(token).sub == "user-000001"


def test_an_unknown_claim_is_ignored(signed: Door) -> None:
    """RFC 7519 section 4."""
    assert signed.present(signed.sign({**CLAIMS, "colour": "blue"})).sub == "user-000001"


def test_a_token_that_is_bound_to_a_key_is_refused(signed: Door) -> None:
    """RFC 9449 section 7.2: without a proof it is a stolen one, and no proof is looked for here."""
    with pytest.raises(Unauthenticated):
        signed.present(signed.sign({**CLAIMS, "cnf": {"jkt": "x" * 43}}))


@pytest.mark.parametrize("name", list(CLAIMS))
def test_every_claim_is_required(signed: Door, name: str) -> None:
    with pytest.raises(Unauthenticated):
        signed.present(signed.sign(without(name)))


@pytest.mark.parametrize("name", list(CLAIMS))
@pytest.mark.parametrize("value", [None, True, 1.5, "9999999999", [], {}, ["https://api.authbench.invalid"]])
def test_every_claim_has_its_type(signed: Door, name: str, value: Any) -> None:
    if isinstance(value, str) and name in ("sub", "scope", "jti", "client_id"):
        value = 7
    with pytest.raises(Unauthenticated):
        signed.present(signed.sign({**CLAIMS, name: value}))


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
        {"iat": NOW + 86_400},
        {"nbf": NOW + 86_400},
        # int() takes all of these, a claim is a number (RFC 7519 section 2, NumericDate).
        *({name: value} for name in ("exp", "iat", "nbf") for value in ("1", "9999999999", True, 1.5, 1e300)),
        {"exp": NOW + 600.5},
        {"nbf": None},
        {"nbf": {}},
        {"exp": 10**400},
        {"exp": 1 << 53},
    ],
)
def test_claims_that_are_wrong(signed: Door, changed: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        signed.present(signed.sign({**CLAIMS, **changed}))


@pytest.mark.parametrize(
    "changed",
    [
        {"typ": None},
        {"typ": "JWT"},
        {"typ": "rt+jwt"},
        {"typ": "dpop+jwt"},
        {"typ": "application/application/at+jwt"},
        {"typ": ["at+jwt"]},
        {"alg": None},
        {"alg": ""},
        {"alg": ["HS256"]},
        {"alg": {"HS256": "RS256"}},
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": ["b64"], "b64": True},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"crit": "exp"},
        {"kid": 7},
        {"kid": None},
        {"kid": ["a"]},
        {"kid": {}},
    ],
)
def test_headers_that_are_wrong(signed: Door, changed: dict[str, Any]) -> None:
    """All of them signed with the right key: it is the header that is refused."""
    with pytest.raises(Unauthenticated):
        signed.present(signed.sign(CLAIMS, {**signed.header, **changed}))


def test_headers_that_lack_something(signed: Door) -> None:
    for header in (
        {"alg": signed.header["alg"]},
        {"typ": "at+jwt"},
        {**signed.header, "alg": signed.header["alg"].swapcase()},
        [],
        "at+jwt",
        7,
        None,
        [signed.header],
    ):
        with pytest.raises(Unauthenticated):
            signed.present(jws(header, CLAIMS, signed.signature))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_unsigned_tokens(signed: Door, algorithm: str) -> None:
    """RFC 8725 section 2.1, with nothing, something, and a good signature of these very parts at the end."""
    header = {**signed.header, "alg": algorithm}
    start = f"{encode(header)}.{encode(CLAIMS)}"
    for token in (f"{start}.", start, f"{start}.AA", signed.sign(CLAIMS, header)):
        with pytest.raises(Unauthenticated):
            signed.present(token)


@pytest.mark.parametrize(
    "name",
    [
        "HS256",
        "HS384",
        "HS512",
        "RS256",
        "RS384",
        "PS256",
        "ES256",
        "ES256K",
        "ES384",
        "EdDSA",
        "Ed25519",
        "Ed448",
    ],
)
def test_another_algorithm_in_the_header(signed: Door, name: str) -> None:
    """The verifier knows its algorithm; what a token says can only be the same (RFC 8725 section 3.1)."""
    if name != signed.header["alg"]:
        with pytest.raises(Unauthenticated):
            signed.present(signed.sign(CLAIMS, {**signed.header, "alg": name}))


def test_members_said_twice(signed: Door) -> None:
    """RFC 7515 section 4 lets the last one count: then it does for everything that is checked."""
    alg, claims = signed.header["alg"], json.dumps(CLAIMS)[:-1]
    for header, payload in (
        (f'{{"alg":"{alg}","typ":"at+jwt","alg":"none"}}', claims + "}"),
        (f'{{"alg":"{alg}","typ":"at+jwt","typ":"JWT"}}', claims + "}"),
        (f'{{"alg":"{alg}","typ":"at+jwt"}}', claims + ',"exp":1}'),
        (f'{{"alg":"{alg}","typ":"at+jwt"}}', claims + ',"aud":"https://other.invalid"}'),
        (f'{{"alg":"{alg}","typ":"at+jwt"}}', claims + ',"sub":""}'),
    ):
        with pytest.raises(Unauthenticated):
            signed.present(jws(header.encode(), payload.encode(), signed.signature))


@pytest.mark.parametrize("name", ["exp", "iat", "sub", "colour"])
def test_the_last_of_two_members_counts(signed: Door, name: str) -> None:
    """RFC 7519 section 4 allows it, as ECMAScript does; a single one must count everywhere."""
    payload = f'{{"{name}":["another"],{json.dumps({"colour": "blue", **CLAIMS})[1:]}'
    assert signed.present(signed.sign(payload.encode())).sub == "user-000001"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_tokens_are_utf_8(signed: Door, encoding: str) -> None:
    """RFC 7519 section 7.2, RFC 8725 section 3.7: `json.loads` would read all of these."""
    header, claims = json.dumps(signed.header).encode(encoding), json.dumps(CLAIMS).encode(encoding)
    for token in (signed.sign(claims), signed.sign(CLAIMS, header), signed.sign(claims, header)):
        with pytest.raises(Unauthenticated):
            signed.present(token)


@pytest.mark.parametrize(
    "value",
    [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"9" * 9000, b'"\\ud800"', b"\xed\xa0\x80", b'"a\nb"'],
)
@pytest.mark.parametrize("name", [b"exp", b"nbf", b"sub"])
def test_what_is_no_json_is_no_claim(signed: Door, name: bytes, value: bytes) -> None:
    """And what no store can keep is nobody's name."""
    payload = json.dumps(CLAIMS).encode()[:-1] + b',"' + name + b'":' + value + b"}"
    with pytest.raises(Unauthenticated):
        signed.present(signed.sign(payload))


@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "cty", "zip", "enc"])
def test_members_nobody_needs_change_nothing(signed: Door, member: str) -> None:
    """RFC 7515 section 4: a header parameter that is not understood is ignored, unless it is critical."""
    token = signed.sign(CLAIMS, {**signed.header, member: "https://evil.invalid/keys"})
    if signed.lean:
        with pytest.raises(Unauthenticated):
            signed.present(token)
    else:
        assert signed.present(token).sub == "user-000001"


def test_every_changed_character_is_noticed(signed: Door) -> None:
    token = signed.sign(CLAIMS)
    for position in range(len(token)):
        other = "A" if token[position] != "A" else "B"
        with pytest.raises(Unauthenticated):
            signed.present(token[:position] + other + token[position + 1 :])


def test_other_spellings_of_a_good_token(signed: Door) -> None:
    """RFC 7515 section 2: no padding, no white space. One token has one spelling, also for a denylist."""
    token = signed.sign(CLAIMS)
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
    # Unused bits of the last character must be zero: two after 32 bytes, four after 64 and 256.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(signature[-1])
    spellings += [
        token[:-1] + alphabet[last | bits] for bits in ((1, 2, 3) if len(signature) == 43 else (1, 2, 7, 15))
    ]
    for spelling in spellings:
        with pytest.raises(Unauthenticated):
            signed.present(spelling)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*CLAIMS, "nbf", "x"]), JSON))
def test_no_claims_break_it(signed: Door, changed: dict[str, Any]) -> None:
    """A signed token with any content is an identity or a refusal, never an error."""
    try:
        identity = signed.present(signed.sign({**CLAIMS, **changed}))
    except Unauthenticated:
        return
    assert identity.sub == changed.get("sub", CLAIMS["sub"])


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["alg", "typ", "crit", "b64", "kid", "jwk", "jku", "x"]), JSON))
def test_no_header_breaks_it(signed: Door, changed: dict[str, Any]) -> None:
    try:
        signed.present(signed.sign(CLAIMS, {**signed.header, **changed}))
    except Unauthenticated:
        return
    header = {**signed.header, **changed}
    assert (header["alg"], str(header["typ"]).lower()) == (signed.header["alg"], "at+jwt")
    assert "crit" not in header


@settings(deadline=None)
@given(st.text("ABab01-_.=", max_size=60))
def test_no_text_is_a_token(signed: Door, text: str) -> None:
    with pytest.raises(Unauthenticated):
        signed.present(text)


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"exp":' + b"9" * 9000 + b"}"]
)
def test_signed_nonsense(signed: Door, payload: bytes) -> None:
    with pytest.raises(Unauthenticated):
        signed.present(signed.sign(payload))


def test_headers_of_any_shape(signed: Door) -> None:
    """Nested without end, not JSON, not even text: refused, not an error."""
    for header in (b"[" * 100_000, b'{"kid":' * 20_000, b"\xff", b"", b"{", b'{"alg":NaN}', b"9" * 9000):
        with pytest.raises(Unauthenticated):
            signed.present(jws(header, CLAIMS, signed.signature))


def test_issued_tokens(signed: Door) -> None:
    """The shape of RFC 6749 section 5.1 and RFC 9068 section 2; no two alike."""
    account = Account("alice", "", "user")
    bodies = [asyncio.run(signed.scheme.issue(account, request(), None)).body for _ in range(2)]
    token = bodies[0]["access_token"]
    assert {**bodies[0], "access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 900,
        "scope": "user",
    }
    header = jwt.get_unverified_header(token)
    assert header.items() >= signed.header.items()
    assert set(header) - set(signed.header) <= {"kid"}
    claims = Claims.parse(jwt.decode(token, options={"verify_signature": False}))
    assert claims.exp - claims.iat == 900
    assert signed.present(token) == Identity("alice", ("user",))
    assert token != bodies[1]["access_token"]


def test_the_card_is_true_of_its_lifetime(signed: Door) -> None:
    card = signed.scheme.card
    assert card.revocation_window_s == card.role_change_window_s == card.disabled_window_s == 900
    assert not card.logout_ends_credential
    assert card.crypto_operations[Operation.LOGIN] == {f"{signed.header['alg']} sign": 1}
    assert card.crypto_operations[Operation.READ][f"{signed.header['alg']} verify"] == 1
    assert not card.crypto_operations[Operation.PUBLIC]


def test_what_a_scheme_issues_is_good_until_it_expires(signed: Door) -> None:
    assert signed.present(signed.issue()) == Identity("user-000001", ("user", "audit"))
    for lifetime_s in (0, -1, -600):
        with pytest.raises(Unauthenticated):
            signed.present(signed.issue(lifetime_s))


def test_a_fresh_key_without_a_file(signed: Door) -> None:
    kind = type(signed.scheme)
    other = kind(ServerSettings(scheme=kind.name))
    asyncio.run(other.start())
    (credential,) = asyncio.run(other.seed([new_claims("user-000001", "user", 600)]))
    token = credential.headers["Authorization"].removeprefix("Bearer ")
    assert asyncio.run(other.authenticate(request(*credential.headers.items()))).sub == "user-000001"
    with pytest.raises(Unauthenticated):
        signed.present(token)


def test_a_refresh_token_is_no_access_token(signed: Door) -> None:
    with pytest.raises(Unauthenticated):
        signed.present(str(RefreshTokens(b"r" * 32).first()))
