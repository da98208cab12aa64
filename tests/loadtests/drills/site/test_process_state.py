"""Reading a process's state."""

import os

import pytest

from loadtests.drills.site.process_state import GONE, parse_state, process_state


@pytest.mark.parametrize(
    ("stat", "state"),
    [
        ("12 (python) S 1 12 12 0 -1", "S"),
        ("12 (a (nasty) name) T 1 12 12 0 -1", "T"),
        ("12 () R) t 1", "t"),
    ],
)
def test_the_state_is_what_follows_the_command(stat: str, state: str) -> None:
    assert parse_state(stat) == state


def test_this_process_runs() -> None:
    assert process_state(os.getpid()) == "R"


def test_a_process_that_is_not_there_is_gone() -> None:
    assert process_state(2**22 + 1) == GONE
