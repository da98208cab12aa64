"""How many browsers work at a time: more than there are processors would only wait for each other."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from loadtests.attacks.laboratory.target import Target
from loadtests.harness.processes.placement import available_processors

_TURNS = threading.BoundedSemaphore(max(1, len(available_processors())))
_LOOK_S = 0.2


@contextmanager
def turn(target: Target) -> Iterator[None]:
    """Wait for a turn, and keep it. Failure as soon as the command is interrupted."""
    while not _TURNS.acquire(timeout=_LOOK_S):
        target.go_on()
    try:
        yield
    finally:
        _TURNS.release()


@contextmanager
def left_to_others() -> Iterator[None]:
    """Within a turn: leave it to others for a while, as a browser does that only waits."""
    _TURNS.release()
    try:
        yield
    finally:
        # Also where that waits for a while after an interruption: `turn` gives it back.
        _TURNS.acquire()
