"""Refresh tokens of ours, told from those that somebody made up."""

from dataclasses import replace

from servers.credentials.tokens.refresh_tokens import RefreshToken, RefreshTokens

TOKENS = RefreshTokens(b"r" * 32)


def test_its_own_are_known_again_by_whoever_has_the_key() -> None:
    first = TOKENS.first()
    for token in (first, TOKENS.next(first.family), TOKENS.next(first.family, b"d" * 24)):
        assert RefreshToken.parse(str(token)) == token
        assert TOKENS.made_here(token)
        assert RefreshTokens(b"r" * 32).made_here(token)
        assert not RefreshTokens(b"s" * 32).made_here(token)


def test_tokens_of_an_older_key_are_known_and_new_ones_are_not_tagged_with_it() -> None:
    both = RefreshTokens(b"s" * 32, b"r" * 32)
    assert both.made_here(TOKENS.first())
    assert not TOKENS.made_here(both.first())
    assert TOKENS.made_here(both.next("f" * 22, place=1))


def test_what_is_made_up_is_not() -> None:
    token, other = TOKENS.first(), TOKENS.first()
    tampered = [
        replace(token, secret=token.secret[:place] + letter + token.secret[place + 1 :])
        for place in range(43)
        for letter in "Aa_-"
        if token.secret[place] != letter
    ]
    made_up = [RefreshToken(token.family, letter * 43) for letter in "A_-a0"]
    # The secret of another login says nothing of this one.
    for wrong in (*tampered, *made_up, replace(token, family=other.family)):
        assert not TOKENS.made_here(wrong)


def test_no_two_are_alike() -> None:
    drawn = [TOKENS.first() for _ in range(500)]
    assert len({token.family for token in drawn}) == len({token.secret for token in drawn}) == 500
