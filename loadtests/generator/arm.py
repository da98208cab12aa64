"""An arm that the generator can send to: its connections and its requests, of which some can be sent once
only.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from authbench.contracts.card import Operation
from authbench.contracts.message import OrderError
from loadtests.http.pool import ConnectionPool
from loadtests.http.request import LaidOutRequest
from loadtests.schedule.mix import Load, Mix, closed_load

_OPERATIONS = list(Operation)
_BLOCK = 16_384
"""Users' requests a closed loop lays out at a time: the first block before its window begins."""


class Arm:
    """Requests by operation. Those whose credential is used up are handed out once, in their order."""

    def __init__(
        self, name: str, pool: ConnectionPool, requests: Mapping[Operation, Sequence[LaidOutRequest]]
    ) -> None:
        self.name = name
        self.pool = pool
        self.requests = requests
        self.population = {operation: len(each) for operation, each in requests.items()}
        self._used = dict.fromkeys(requests, 0)

    def take(self, load: Load) -> list[LaidOutRequest]:
        """The requests of a load. OrderError, and nothing is used up, if too few are left for it."""
        codes, counts = np.unique(load.operation, return_counts=True)
        needed = {_OPERATIONS[code]: int(count) for code, count in zip(codes, counts, strict=True)}
        for operation, count in needed.items():
            left = self.population[operation] - self._used[operation]
            if operation.uses_up_credential and count > left:
                raise self._exhausted(operation, count, left)
        by_code = [self.requests.get(operation, ()) for operation in _OPERATIONS]
        first = [self._used.get(operation, 0) for operation in _OPERATIONS]
        for operation, count in needed.items():
            if operation.uses_up_credential:
                self._used[operation] += count
        rows = zip(load.operation.tolist(), load.credential.tolist(), strict=True)
        return [by_code[code][first[code] + number] for code, number in rows]

    def endless(self, mix: Mix, seed: int) -> Iterator[LaidOutRequest]:
        """Requests for a closed loop, without end. ValueError if the mix asks for what is not there.

        What is used up is taken only when it is sent; next() raises OrderError when none is left. A
        uniform draw is without repeats within one block of requests.
        """
        root = np.random.SeedSequence(seed)
        first = closed_load(mix, _BLOCK, root.spawn(1)[0], self.population)
        return self._in_blocks(first, mix, root)

    def _in_blocks(self, block: Load, mix: Mix, root: np.random.SeedSequence) -> Iterator[LaidOutRequest]:
        while True:
            for code, number in zip(block.operation.tolist(), block.credential.tolist(), strict=True):
                operation = _OPERATIONS[code]
                if not operation.uses_up_credential:
                    yield self.requests[operation][number]
                    continue
                used = self._used[operation]
                if used == self.population[operation]:
                    raise self._exhausted(operation, 1, 0)
                self._used[operation] = used + 1
                yield self.requests[operation][used]
            block = closed_load(mix, _BLOCK, root.spawn(1)[0], self.population)

    def _exhausted(self, operation: Operation, needed: int, left: int) -> OrderError:
        return OrderError(
            f"arm {self.name!r}: {needed} requests of {operation} needed and {left} of "
            f"{self.population[operation]} left; each uses up its credential: seed more"
        )
