import secrets

from hypothesis import given
from hypothesis import strategies as st

from loadtests.attacks.laboratory.shortened import excerpt, shortened


@given(st.integers(15, 64))
def test_no_random_credential_is_left_whole(size: int) -> None:
    credential = secrets.token_urlsafe(size)
    told = shortened(f"Cookie: __Host-Http-sid={credential}; x=1")
    assert credential not in told
    assert f"({len(credential)})" in told
    assert told.startswith("Cookie: __Host-Http-sid=")


def test_words_paths_and_nonces_stay() -> None:
    text = 'POST /account/password {"item":"nonce-0123456789ab"} application/problem+json 2026-11-26'
    assert shortened(text) == text


def test_a_long_body_is_cut() -> None:
    assert excerpt(b"word " * 200).endswith("...")
    assert excerpt(b"\xff") == "\ufffd"
