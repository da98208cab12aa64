import pytest

from authbench.contracts.card import RefreshPolicy
from servers.credentials.tokens.refresh_policies import (
    Successors,
    refresh_commands,
    refresh_crypto,
    repeated_refresh_commands,
)
from servers.credentials.tokens.refresh_tokens import RefreshToken, RefreshTokens

ROOT = b"r" * 32
TOKENS = RefreshTokens(ROOT)
TWICE = [RefreshPolicy.GRACE, RefreshPolicy.CONFIRM_ON_USE]


def test_a_static_token_follows_itself() -> None:
    token = TOKENS.first()
    assert Successors(RefreshPolicy.STATIC, TOKENS, ROOT).of(token) == token


def test_a_strict_successor_is_drawn() -> None:
    token, successors = TOKENS.first(), Successors(RefreshPolicy.STRICT, TOKENS, ROOT)
    drawn = {successors.of(token) for _ in range(50)}
    assert len(drawn) == 50
    assert {successor.family for successor in drawn} == {token.family}


@pytest.mark.parametrize("policy", TWICE)
def test_a_derived_successor_is_the_same_again(policy: RefreshPolicy) -> None:
    """By any process that has the secret, and by nobody else."""
    token = TOKENS.first()
    one, other = Successors(policy, TOKENS, ROOT), Successors(policy, TOKENS, ROOT)
    assert one.of(token) == one.of(token) == other.of(token)
    assert Successors(policy, TOKENS, b"s" * 32).of(token) != one.of(token)


@pytest.mark.parametrize("policy", TWICE)
def test_a_successor_of_an_older_key_is_known(policy: RefreshPolicy) -> None:
    tokens = RefreshTokens(b"s" * 32, ROOT)
    token, older = TOKENS.first(), Successors(policy, TOKENS, ROOT)
    newer = Successors(policy, tokens, b"s" * 32, ROOT)
    assert newer.of(token) == Successors(policy, RefreshTokens(b"s" * 32), b"s" * 32).of(token)
    assert newer.given_before(token) == [older.of(token)]
    assert tokens.made_here(older.of(token))
    assert older.given_before(token) == []
    assert Successors(RefreshPolicy.STRICT, tokens, b"s" * 32, ROOT).given_before(token) == []


@pytest.mark.parametrize("policy", TWICE)
def test_a_derived_successor_is_a_token_like_any_other(policy: RefreshPolicy) -> None:
    successors = Successors(policy, TOKENS, ROOT)
    token = TOKENS.first()
    chain = [token]
    for _ in range(50):
        chain.append(successors.of(chain[-1]))
        assert RefreshToken.parse(str(chain[-1])) == chain[-1]
        assert chain[-1].family == token.family
        assert TOKENS.made_here(chain[-1])
    assert len({step.secret for step in chain}) == len({step.secret_hash for step in chain}) == 51


@pytest.mark.parametrize("policy", TWICE)
def test_what_follows_in_another_family_is_another(policy: RefreshPolicy) -> None:
    one = TOKENS.first()
    other = RefreshToken(TOKENS.first().family, one.secret)
    successors = Successors(policy, TOKENS, ROOT)
    assert successors.of(one).secret != successors.of(other).secret


def test_what_a_card_says_of_a_refresh() -> None:
    for policy in RefreshPolicy:
        rotates, twice = policy is not RefreshPolicy.STATIC, policy in TWICE
        assert ("hset" in refresh_commands(policy)) is rotates
        assert ("hset" in repeated_refresh_commands(policy)) is (rotates and not twice)
        # The presented one is recognised; its successor tagged, and derived.
        assert refresh_crypto(policy) == {"SHA-256": 2, "HMAC-SHA-256": 1 + rotates + twice}
