"""The offset of another clock lies within its bound, whatever the way there and back takes."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authbench.contracts.generator_protocol import ClockReply, Order
from loadtests.harness.load.channel import Channel
from loadtests.harness.load.clocks import read_clock

_NS = st.integers(0, 10**9)


class Distant(Channel):
    """An engine whose clock is ahead by `ahead_ns`, and so many ns away in each direction."""

    name, pid, cpus, apart = "distant", None, (), True

    def __init__(self, ahead_ns: int, ways_ns: list[tuple[int, int]]) -> None:
        self.now_ns = 0
        self._ahead_ns = ahead_ns
        self._ways_ns = iter(ways_ns)

    def send(self, order: Order) -> None:
        there_ns, self._back_ns = next(self._ways_ns)
        self.now_ns += there_ns

    def answer(self, expected: type[Any], within_s: float) -> Any:
        told = ClockReply(now_ns=self.now_ns + self._ahead_ns)
        self.now_ns += self._back_ns
        return told

    def stop(self) -> None:
        pass

    def fetch(self, path: Path) -> None:
        raise NotImplementedError


@given(st.integers(-(10**15), 10**15), st.lists(st.tuples(_NS, _NS), min_size=1, max_size=8))
def test_the_true_offset_is_within_the_bound(ahead_ns: int, ways_ns: list[tuple[int, int]]) -> None:
    distant = Distant(ahead_ns, ways_ns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.monotonic_ns", lambda: distant.now_ns)
        clock = read_clock(distant, len(ways_ns))
    assert abs(clock.offset_ns - ahead_ns) <= clock.bound_ns
    assert clock.bound_ns == (min(there + back for there, back in ways_ns) + 1) // 2
