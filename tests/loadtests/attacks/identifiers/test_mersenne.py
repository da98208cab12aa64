"""A Mersenne Twister goes on as its clone says, from any point of it."""

import random
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.attacks.identifiers.mersenne import WORDS, clone, words_of


@given(st.integers(), st.integers(0, 2000))
def test_the_next_identifiers_are_known(seed: int, before: int) -> None:
    source = random.Random(seed)
    source.getrandbits(32 * before + 1)
    seen = [word for _ in range(WORDS // 8) for word in words_of(source.randbytes(32))]
    copy = clone(seen)
    assert [copy.randbytes(32) for _ in range(30)] == [source.randbytes(32) for _ in range(30)]


def test_nothing_follows_from_the_operating_systems_generator() -> None:
    copy = clone(word for _ in range(WORDS // 8) for word in words_of(secrets.token_bytes(32)))
    assert copy.randbytes(32) != secrets.token_bytes(32)


@pytest.mark.parametrize("count", [0, WORDS - 1, WORDS + 1])
def test_any_other_number_of_words_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="624 words"):
        clone([1] * count)
