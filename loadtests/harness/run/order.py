"""The order of slices and the seeds of their schedules: pure functions of the run's seed."""

import itertools
import random
from collections.abc import Iterator, Sequence


def williams_square(size: int) -> list[list[int]]:
    """Rows in which each treatment follows every other equally often (E. J. Williams, 1949).

    `size` rows when it is even; twice as many when it is odd (each row and its mirror).
    """
    first = [(place + 1) // 2 if place % 2 else -place // 2 % size for place in range(size)]
    rows = [[(item + shift) % size for item in first] for shift in range(size)]
    if size % 2:
        rows += [row[::-1] for row in rows]
    return rows


def orders(arms: Sequence[str], seed: int, kind: str = "", skip: int = 0) -> Iterator[list[str]]:
    """Endless orders of the arms: whole Williams squares, relabelled and shuffled anew for each one.

    Each `kind` of cycle has orders of its own, so that its squares stay whole. The first `skip` of them are
    left out: a resumed run goes on with the orders where a fresh one would be.
    """
    return itertools.islice(_orders(arms, f"orders/{kind}{seed}"), skip, None)


def _orders(arms: Sequence[str], seed: str) -> Iterator[list[str]]:
    source = random.Random(seed)  # noqa: S311 - not a secret
    square = williams_square(len(arms))
    while True:
        labels, rows = list(arms), list(square)
        source.shuffle(labels)
        source.shuffle(rows)
        for row in rows:
            yield [labels[item] for item in row]


def schedule_seed(seed: int, generation: int, cycle: int) -> int:
    """Seed of the arrivals of one cycle: the same for each of its arms (common random numbers)."""
    return random.Random(f"schedule/{seed}/{generation}/{cycle}").getrandbits(48)  # noqa: S311
