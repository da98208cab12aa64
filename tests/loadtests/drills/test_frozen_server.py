"""Counting who was late, from rows alone. The drill itself runs in tests/integration."""

import numpy as np

from loadtests.drills.frozen_server import count_late


def test_late_are_those_due_in_the_freeze_and_answered_after_it() -> None:
    columns = {
        "due_ns": np.array([5, 10, 15, 19, 20, 25]),
        "done_ns": np.array([30, 20, 12, -1, 40, 40]),
    }
    assert count_late(columns, stopped_ns=10, continued_ns=20) == (3, 2)


def test_a_closed_loop_would_hide_it() -> None:
    columns = {"due_ns": np.array([0, 9, 21, 30]), "done_ns": np.array([2, 20, 22, 31])}
    assert count_late(columns, stopped_ns=10, continued_ns=20) == (0, 0)
