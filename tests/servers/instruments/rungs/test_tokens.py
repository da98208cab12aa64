"""What each rung of the token schemes asks of a token, and what it lets pass."""

import asyncio
from collections.abc import Callable

import jwt
import pytest

from authbench.contracts.failure import Failure
from servers.contract.claims import AUDIENCE, Identity, new_claims
from servers.contract.errors import Unauthenticated
from servers.contract.settings import ServerSettings, refuse_exposure
from servers.discovery import find_scheme, known_schemes
from servers.instruments.rungs import tokens
from servers.instruments.rungs.tokens import TokenStage
from tests.servers.make_request import request
from tests.servers.schemes.in_process import signed_part

RUNGS = ["HeaderRead", "TokenDecoded", "SignatureVerified", "ClaimsChecked"]
RSA_RUNGS = ["RsaSignatureVerified", "RsaClaimsChecked"]
ACCEPTED = {
    "good": {*RUNGS, *RSA_RUNGS},
    "expired": {"HeaderRead", "TokenDecoded", "SignatureVerified", "RsaSignatureVerified"},
    "signed by another": {"TokenDecoded"},
    "for another audience": {"TokenDecoded"},
    "no token": set(),
    "without a subject": set(),
}


def started(rung: str) -> TokenStage:
    scheme: TokenStage = getattr(tokens, rung)(ServerSettings(scheme=rung))
    asyncio.run(scheme.start())
    return scheme


def header_of(scheme: TokenStage, lifetime_s: int = 600) -> str:
    (credential,) = asyncio.run(scheme.seed([new_claims("user-000001", "user audit", lifetime_s)]))
    return credential.headers["Authorization"]


def token(scheme: TokenStage, kind: str) -> str:
    claims = new_claims("user-000001", "user audit", 600).as_dict()
    another = jwt.encode(claims, "another key, also of 32 bytes....", "HS256", {"typ": "at+jwt"})
    nobody = jwt.encode({"aud": AUDIENCE}, "another key, also of 32 bytes....", "HS256")
    elsewhere = jwt.encode({**claims, "aud": "https://elsewhere"}, "k" * 32, "HS256", {"typ": "at+jwt"})
    made: dict[str, Callable[[], str]] = {
        "good": lambda: header_of(scheme),
        "expired": lambda: header_of(scheme, -60),
        "signed by another": lambda: f"Bearer {another}",
        "for another audience": lambda: f"Bearer {elsewhere}",
        "no token": lambda: "Bearer abc",
        "without a subject": lambda: f"Bearer {nobody}",
    }
    return made[kind]()


@pytest.mark.parametrize("rung", [*RUNGS, *RSA_RUNGS])
@pytest.mark.parametrize("kind", ACCEPTED)
def test_each_rung_asks_for_a_little_more(rung: str, kind: str) -> None:
    scheme = started(rung)
    asked = request(("Authorization", token(scheme, kind)))
    if rung in ACCEPTED[kind]:
        assert asyncio.run(scheme.authenticate(asked)) == Identity("user-000001", ("user", "audit"))
        return
    with pytest.raises(Unauthenticated):
        asyncio.run(scheme.authenticate(asked))


@pytest.mark.parametrize("rung", [*RUNGS, *RSA_RUNGS])
def test_a_request_without_a_token_is_refused(rung: str) -> None:
    with pytest.raises(Unauthenticated):
        asyncio.run(started(rung).authenticate(request()))


@pytest.mark.parametrize("rung", [*RUNGS, *RSA_RUNGS])
def test_on_the_wire_it_is_the_real_schemes_token(rung: str) -> None:
    real = known_schemes()["jwt-rs256" if rung in RSA_RUNGS else "jwt-hs256"](ServerSettings(scheme="x"))
    asyncio.run(real.start())
    (credential,) = asyncio.run(real.seed([new_claims("user-000001", "user audit", 600)]))
    mine, theirs = header_of(started(rung)), credential.headers["Authorization"]
    # Times and the random jti differ; nothing else, and no length.
    assert len(mine) == len(theirs)
    headers = [jwt.get_unverified_header(value.partition(" ")[2]) for value in (mine, theirs)]
    for header in headers:
        header.pop("kid", None)  # the key's: each of the two drew its own
    assert headers[0] == headers[1]


def test_a_token_for_another_audience_passes_where_only_the_signature_counts() -> None:
    scheme = started("SignatureVerified")
    codec = signed_part(scheme).codec
    claims = new_claims("user-000001", "user", 600)
    elsewhere = jwt.encode(
        {**claims.as_dict(), "aud": "https://elsewhere"},
        codec._signing,  # type: ignore[attr-defined]
        "HS256",
    )
    assert codec.decode(elsewhere).aud == "https://elsewhere"


@pytest.mark.parametrize("rung", [*RUNGS, *RSA_RUNGS])
def test_cards_promise_no_more_than_is_kept(rung: str) -> None:
    path = f"servers.instruments.rungs.tokens:{rung}"
    scheme = find_scheme(path)(ServerSettings(scheme=path, redis_url="unix:///anywhere"))
    card = scheme.card
    assert card.authenticates is (rung in ("ClaimsChecked", "RsaClaimsChecked"))
    assert (card.store, card.refreshes, any(card.store_commands.values())) == ("none", False, False)
    assert card.name.startswith("stage-l")
    with pytest.raises(Failure, match="unsafe by design"):
        refuse_exposure(ServerSettings(scheme=path, host="0.0.0.0"), card)


def test_no_rung_is_found_by_name() -> None:
    assert not [name for name in known_schemes() if name.startswith("stage")]
