"""Reading a process's state."""

import os
import socket

import pytest

from loadtests.drills.site.process_state import GONE, connections_of, parse_state, process_state


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


def test_a_connection_belongs_to_the_process_that_has_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert connections_of(os.getpid(), port) == 0
        with socket.create_connection(("127.0.0.1", port)):
            accepted, _ = listening.accept()
            with accepted:
                assert connections_of(os.getpid(), port) == 1
                assert connections_of(os.getppid(), port) == 0
