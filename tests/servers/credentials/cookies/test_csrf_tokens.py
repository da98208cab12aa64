"""Tokens by themselves: known again where they were made, for whom they were made, and nowhere else."""

import base64
import hmac

from hypothesis import given
from hypothesis import strategies as st

from servers.credentials.cookies.csrf_tokens import NO_SESSION, CsrfTokens

KEY = b"k" * 32
TOKENS = CsrfTokens(KEY)
OTHERS = CsrfTokens(b"K" * 32)


@given(st.binary(max_size=60))
def test_a_token_belongs_to_the_session_it_was_made_for(session: bytes) -> None:
    token = TOKENS.new(session).encode()
    assert TOKENS.belongs(token, session)
    assert not OTHERS.belongs(token, session)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_and_to_no_other(session: bytes, other: bytes) -> None:
    assert TOKENS.belongs(TOKENS.new(session).encode(), other) is (session == other)


def test_a_token_from_before_the_login_is_worth_nothing_after_it() -> None:
    anonymous = TOKENS.new(NO_SESSION).encode()
    assert TOKENS.belongs(anonymous, NO_SESSION)
    assert not TOKENS.belongs(anonymous, b"a session")


def test_no_two_are_alike() -> None:
    assert len({TOKENS.new(b"same") for _ in range(1000)}) == 1000


@given(st.binary(max_size=80), st.binary(max_size=20))
def test_any_bytes_may_be_asked_about(token: bytes, session: bytes) -> None:
    assert not TOKENS.belongs(token, session)


@given(st.data())
def test_no_character_of_it_may_differ(data: st.DataObject) -> None:
    token = bytearray(TOKENS.new(b"session").encode())
    place = data.draw(st.integers(0, len(token) - 1))
    token[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != token[place]))
    assert not TOKENS.belongs(bytes(token), b"session")


def test_nothing_may_surround_it() -> None:
    token = TOKENS.new(b"session").encode()
    for other in (token + b"=", token + b"\n", b" " + token, token + b".x", token[:-1]):
        assert not TOKENS.belongs(other, b"session")


def test_a_part_of_the_nonce_cannot_pass_for_the_session() -> None:
    nonce, _, mac = TOKENS.new(b"session").encode().partition(b".")
    assert not TOKENS.belongs(nonce[:-1] + b"." + mac, nonce[-1:] + b"session")


def test_how_it_is_made() -> None:
    nonce, _, mac = TOKENS.new(b"session").encode().partition(b".")
    digest = hmac.new(KEY, nonce + b".session", "sha256").digest()
    assert base64.urlsafe_b64decode(mac + b"=") == digest
    assert len(base64.urlsafe_b64decode(nonce + b"==")) == 16
