from hypothesis import given
from hypothesis import strategies as st

from loadtests.store_size.counts import FEWEST, counts_for, steps_to


def test_both_sides_of_every_power_of_two_are_read() -> None:
    counts = counts_for(20_000)
    assert counts[0] == 0
    assert counts[-2:] == [10_000, 20_000]
    assert {1023, 1025, 2047, 2049, 4095, 4097, 8191, 8193} <= set(counts)


@given(st.integers(FEWEST, 5_000_000))
def test_the_control_is_twice_what_the_fit_sees(logins: int) -> None:
    counts = counts_for(logins)
    assert counts == sorted(set(counts))
    assert counts[-1] == logins
    assert counts[-2] == logins // 2
    powers = {2**power for power in range(30)}
    between = [power for power in powers if counts[1] < power < counts[-2]]
    assert len(between) >= 3, "several doublings of a table are in every fit"


def test_steps_rise_evenly() -> None:
    assert steps_to(100, 4) == [0, 25, 50, 75, 100]
