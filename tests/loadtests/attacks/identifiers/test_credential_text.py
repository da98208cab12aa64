"""What stands in a credential, for the credentials of real schemes."""

import asyncio

import pytest

from loadtests.attacks.identifiers.credential_text import (
    bytes_of,
    drawn_in,
    drawn_in_refresh_token,
    never_issued,
)
from loadtests.attacks.laboratory.jws import encoded
from loadtests.attacks.laboratory.presented import Presented
from loadtests.clients.client import Headers
from servers.contract.claims import new_claims
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme


def text_of(headers: Headers) -> str:
    return Presented.of(headers).text


def issued(scheme: str) -> dict[str, str]:
    """A credential of a scheme that needs no store."""
    made = find_scheme(scheme)(ServerSettings(scheme=scheme))
    made.prepare()
    (credential,) = asyncio.run(made.seed([new_claims("somebody", "user", 60, jkt="x" * 43)]))
    return credential.headers


@pytest.mark.parametrize("scheme", ["jwt-hs256", "jwt-es256", "jwt-cookie", "session-signed-cookie"])
def test_signed_claims_draw_a_jti_and_nothing_else(scheme: str) -> None:
    drawn = drawn_in(text_of(issued(scheme)))
    assert {name: len(content) for name, content in drawn.items()} == {"jti": 16}


def test_an_id_is_drawn_as_a_whole() -> None:
    assert drawn_in(encoded(b"0123456789abcdef" * 2)) == {"id": b"0123456789abcdef" * 2}
    assert drawn_in("a.b") == {}


def test_a_refresh_token_is_drawn_in_two_parts() -> None:
    token = f"{encoded(bytes(16))}.{encoded(bytes(32))}"
    assert {len(part) for part in drawn_in_refresh_token(token).values()} == {16, 32}


@pytest.mark.parametrize("scheme", ["jwt-hs256", "jwt-rs256", "jwt-cookie", "session-signed-cookie"])
def test_a_credential_that_was_never_issued_differs_in_its_signature_only(scheme: str) -> None:
    good = issued(scheme)
    other = never_issued(good)
    assert other.keys() == good.keys()
    signed, _, signature = text_of(good).rpartition(".")
    forged_signed, _, forged = text_of(other).rpartition(".")
    assert forged_signed == signed
    assert len(forged) == len(signature)
    assert bytes_of(forged) != bytes_of(signature)


def test_other_cookies_stay() -> None:
    other = never_issued({"Cookie": f"sid={'a' * 43}; csrf=def"})
    assert other["Cookie"].endswith("; csrf=def")
    assert len(other["Cookie"]) == len(f"sid={'a' * 43}; csrf=def")


def test_what_is_not_base64url_is_taken_as_it_is() -> None:
    assert bytes_of("abcde") == b"abcde"
