"""Reading a process's state. The drill itself runs in tests/integration."""

import os
from pathlib import Path

import pytest

from loadtests.drills.drill import find_drills
from loadtests.drills.run_drill import process_state


@pytest.mark.parametrize(
    ("stat", "state"),
    [
        ("12 (python) S 1 12 12 0 -1", "S"),
        ("12 (a (nasty) name) T 1 12 12 0 -1", "T"),
        ("12 () R) t 1", "t"),
    ],
)
def test_the_state_is_what_follows_the_command(stat: str, state: str) -> None:
    assert process_state(stat) == state


def test_this_process_runs() -> None:
    assert process_state(Path(f"/proc/{os.getpid()}/stat").read_text("ascii")) == "R"


def test_every_drill_is_found_by_its_name_and_says_what_it_does() -> None:
    found = find_drills()
    assert "frozen-server" in found
    assert all(kind.name == name and kind.summary for name, kind in found.items())
