import socket
from collections.abc import Iterator

import gevent
import pytest

from loadtests.http.readiness import READ, WRITE, Readiness


@pytest.fixture
def readiness() -> Iterator[Readiness]:
    readiness = Readiness()
    yield readiness
    readiness.close()


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    pairs = [socket.socketpair() for _ in range(100)]
    yield pairs
    for pair in pairs:
        for each in pair:
            each.close()


def test_all_that_is_ready_is_told_by_the_loop(
    readiness: Readiness, pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    told: set[int] = set()

    def read(number: int) -> None:
        pairs[number][0].recv(10)
        told.add(number)

    for number, (mine, _) in enumerate(pairs):
        readiness.watch(mine.fileno(), READ, lambda _, number=number: read(number))  # type: ignore[misc]
    assert len(readiness) == 100
    for number in range(0, 100, 3):
        pairs[number][1].send(b"x")
    while len(told) < 34:  # more than one turn tells: the loop comes back for the rest
        gevent.sleep(0)
    assert told == set(range(0, 100, 3))


def test_what_is_not_read_is_told_again_and_what_is_forgotten_never(
    readiness: Readiness, pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    mine, peer = pairs[0]
    told: list[int] = []
    readiness.watch(mine.fileno(), READ, told.append)
    readiness.turn()
    assert told == []
    peer.send(b"x")
    readiness.turn()
    readiness.turn()
    assert told == [READ, READ]
    readiness.change(mine.fileno(), READ | WRITE, told.append)
    readiness.turn()
    assert told[2:] == [READ | WRITE]
    readiness.forget(mine.fileno())
    readiness.turn()
    assert len(told) == 3


def test_a_number_used_again_within_a_turn_is_not_told_of_the_old_socket(
    readiness: Readiness, pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    """Whichever is told first closes the other; a new descriptor takes its number and has nothing to read."""
    told: list[str] = []
    fresh: list[socket.socket] = []

    def replace(other: socket.socket) -> None:
        told.append("old")
        number = other.fileno()
        readiness.forget(number)
        other.close()
        while not fresh or fresh[-1].fileno() != number:
            fresh.append(socket.socket())
        readiness.watch(number, READ | WRITE, lambda _: told.append("new"))

    first, second = pairs[0][0], pairs[1][0]
    readiness.watch(first.fileno(), READ, lambda _: replace(second))
    readiness.watch(second.fileno(), READ, lambda _: replace(first))
    pairs[0][1].send(b"x")
    pairs[1][1].send(b"x")
    readiness.turn()
    assert told == ["old"]
    for each in fresh:
        each.close()


def test_closing_twice_is_allowed() -> None:
    readiness = Readiness()
    readiness.close()
    readiness.close()
