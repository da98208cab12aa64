"""Tokens by themselves: known again where they were made, for whom they were made, and nowhere else."""

import base64
import hmac

from hypothesis import given
from hypothesis import strategies as st

from servers.credentials.cookies.csrf import NO_SESSION, is_token, new_token
from servers.keys.signed_values import SignedValues

KEY = b"k" * 32
TOKENS = SignedValues(KEY)
OTHERS = SignedValues(b"K" * 32)


@given(st.binary(max_size=60))
def test_a_token_belongs_to_the_session_it_was_made_for(session: bytes) -> None:
    token = new_token(TOKENS, session).encode()
    assert is_token(TOKENS, token, session)
    assert not is_token(OTHERS, token, session)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_and_to_no_other(session: bytes, other: bytes) -> None:
    assert is_token(TOKENS, new_token(TOKENS, session).encode(), other) is (session == other)


def test_a_token_from_before_the_login_is_worth_nothing_after_it() -> None:
    anonymous = new_token(TOKENS, NO_SESSION).encode()
    assert is_token(TOKENS, anonymous, NO_SESSION)
    assert not is_token(TOKENS, anonymous, b"a session")


def test_no_two_are_alike() -> None:
    assert len({new_token(TOKENS, b"same") for _ in range(1000)}) == 1000


@given(st.binary(max_size=80), st.binary(max_size=20))
def test_any_bytes_may_be_asked_about(token: bytes, session: bytes) -> None:
    assert not is_token(TOKENS, token, session)


@given(st.data())
def test_no_character_of_it_may_differ(data: st.DataObject) -> None:
    token = bytearray(new_token(TOKENS, b"session").encode())
    place = data.draw(st.integers(0, len(token) - 1))
    token[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != token[place]))
    assert not is_token(TOKENS, bytes(token), b"session")


def test_nothing_may_surround_it() -> None:
    token = new_token(TOKENS, b"session").encode()
    for other in (token + b"=", token + b"\n", b" " + token, token + b".x", token[:-1]):
        assert not is_token(TOKENS, other, b"session")


def test_a_part_of_the_nonce_cannot_pass_for_the_session() -> None:
    nonce, _, mac = new_token(TOKENS, b"session").encode().partition(b".")
    assert not is_token(TOKENS, nonce[:-1] + b"." + mac, nonce[-1:] + b"session")


def test_how_it_is_made() -> None:
    nonce, _, mac = new_token(TOKENS, b"session").encode().partition(b".")
    digest = hmac.new(KEY, nonce + b".session", "sha256").digest()
    assert base64.urlsafe_b64decode(mac + b"=") == digest
    assert len(base64.urlsafe_b64decode(nonce + b"==")) == 16
