"""How long a thief is not noticed, from the refreshes of the owner that it survives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.attacks.refreshes.thieves import mean_unnoticed_s


def test_the_owners_next_refresh_comes_after_half_an_interval_on_the_average() -> None:
    assert mean_unnoticed_s([0] * 20, 3, 900, 10_000) == pytest.approx(450)


def test_a_thief_who_survives_once_has_an_interval_more() -> None:
    assert mean_unnoticed_s([1] * 20, 3, 900, 10_000) == pytest.approx(1350)


def test_who_survives_them_all_stays_until_the_end() -> None:
    assert mean_unnoticed_s([3] * 5, 3, 900, 10_000) == 10_000


@given(st.lists(st.integers(0, 2), min_size=1, max_size=30))
def test_surviving_longer_is_never_shorter(survived: list[int]) -> None:
    more = [count + 1 if count < 2 else count for count in survived]
    assert mean_unnoticed_s(more, 3, 900, 10_000) >= mean_unnoticed_s(survived, 3, 900, 10_000)
