"""What a slice asks for: which operation is due when, and with whose credential. Pure functions of a seed.

Users' requests and housekeeping come from streams of their own, and so do each operation's credentials. So
two arms with the same seed get the same users' requests, whether or not one of them needs housekeeping.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from authbench.contracts.card import Operation
from loadtests.schedule.arrivals import (
    Seed,
    draw_credentials,
    draw_shares,
    draw_zipf,
    generator,
    poisson_schedule,
)

_Column = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Mix:
    """Who asks for what."""

    operations: Mapping[Operation, float]
    """Users' requests: shares of them."""
    housekeeping: Mapping[Operation, float] = field(default_factory=dict)
    """On top of them: requests per user's request."""
    draw: Literal["uniform", "zipf"] = "uniform"
    zipf_exponent: float = 1.0


@dataclass(frozen=True)
class Load:
    """Requests in the order they are due: columns of one length."""

    due_ns: _Column
    operation: _Column
    """`Operation.code`"""
    credential: _Column
    """Index among the operation's requests. Of an operation that uses credentials up: 0, 1, 2, ..."""


def open_load(
    mix: Mix, rate_rps: float, duration_s: float, seed: int, population: Mapping[Operation, int]
) -> Load:
    """Requests of an open loop: `rate_rps` of users, housekeeping on top; both arrive as Poisson processes.

    `population` says how many requests there are of each operation. ValueError if it lacks one of the mix.
    """
    streams = _Streams(np.random.SeedSequence(seed))
    users = poisson_schedule(rate_rps, duration_s, streams.arrivals)
    extra_rps = rate_rps * sum(mix.housekeeping.values())
    extra = poisson_schedule(extra_rps, duration_s, streams.extra_arrivals) if extra_rps else users[:0]
    return _merge(mix, users, extra, streams, population)


def closed_load(mix: Mix, users_count: int, seed: Seed, population: Mapping[Operation, int]) -> Load:
    """Requests of a closed loop, one after another: `users_count` of users, housekeeping spread among them.

    Their `due_ns` says their order and nothing else. ValueError as for `open_load`.
    """
    streams = _Streams(seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed))
    places = generator(streams.extra_arrivals)
    extra_count = places.poisson(users_count * sum(mix.housekeeping.values()))
    extra = np.sort(places.integers(0, users_count, size=extra_count))
    return _merge(mix, np.arange(users_count), extra, streams, population)


class _Streams:
    """Independent children of one seed. Their order is stored knowledge: only append."""

    def __init__(self, seed: np.random.SeedSequence) -> None:
        self.arrivals, credentials, self.operations, extra = seed.spawn(4)
        self.extra_arrivals, self.extra_operations = extra.spawn(2)
        self.credentials = dict(zip(Operation, credentials.spawn(len(Operation)), strict=True))


def _merge(
    mix: Mix, users: _Column, extra: _Column, streams: _Streams, population: Mapping[Operation, int]
) -> Load:
    due = np.concatenate((users, extra))
    operation = np.concatenate(
        (
            _operations(mix.operations, len(users), streams.operations),
            _operations(mix.housekeeping, len(extra), streams.extra_operations),
        )
    )
    order = np.argsort(due, kind="stable")
    due, operation = due[order], operation[order]
    credential = np.zeros(len(due), np.int64)
    for each in (*mix.operations, *mix.housekeeping):
        if each not in population:
            raise ValueError(f"the workload asks for {each}, and the arm has no requests of it")
        its_rows = operation == each.code
        count = int(np.count_nonzero(its_rows))
        credential[its_rows] = _credentials(mix, each, count, population[each], streams.credentials[each])
    return Load(due, operation, credential)


def _operations(shares: Mapping[Operation, float], count: int, seed: Seed) -> _Column:
    codes = np.array([operation.code for operation in shares], np.int64)
    return codes[draw_shares(count, list(shares.values()), seed)] if count else np.empty(0, np.int64)


def _credentials(mix: Mix, operation: Operation, count: int, population: int, seed: Seed) -> _Column:
    if operation.uses_up_credential:
        return np.arange(count)
    if mix.draw == "zipf":
        return draw_zipf(count, population, mix.zipf_exponent, seed)
    return draw_credentials(count, population, seed)
