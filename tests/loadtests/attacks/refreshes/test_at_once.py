"""Acts that begin together."""

import threading

import pytest

from loadtests.attacks.refreshes.at_once import at_once


def test_all_of_them_run_at_the_same_time_and_answer_in_their_order() -> None:
    """Each waits for all the others: one after the other would never end."""
    together = threading.Barrier(5)

    def act(number: int) -> int:
        together.wait(timeout=60)
        return number

    assert at_once([lambda number=number: act(number) for number in range(5)]) == list(range(5))  # type: ignore[misc]


def test_an_error_of_one_is_raised() -> None:
    def fail() -> int:
        raise OSError("no connection")

    with pytest.raises(OSError, match="no connection"):
        at_once([fail, lambda: 1])
