"""Read the monotonic clock of an engine on another host."""

import time

from authbench.contracts.generator_protocol import ClockOrder, ClockReply
from authbench.contracts.records import EngineClock
from loadtests.harness.load.channel import Channel

_ROUND_TRIPS = 8
_ANSWER_S = 10.0


def read_clock(channel: Channel, round_trips: int = _ROUND_TRIPS) -> EngineClock:
    """The offset from the round trip that took least, which is wrong by half of that trip at most.

    The engine read its clock at some moment between sending and receiving (Cristian, Probabilistic clock
    synchronization, Distributed Computing 3, 1989); the middle is taken.
    """
    best: EngineClock | None = None
    for _ in range(round_trips):
        sent_ns = time.monotonic_ns()
        channel.send(ClockOrder())
        there_ns = channel.answer(ClockReply, _ANSWER_S).now_ns
        received_ns = time.monotonic_ns()
        # Rounded up: the bound must hold.
        bound_ns = (received_ns - sent_ns + 1) // 2
        if best is None or bound_ns < best.bound_ns:
            best = EngineClock(offset_ns=there_ns - (sent_ns + received_ns) // 2, bound_ns=bound_ns)
    assert best is not None  # noqa: S101 - there is at least one round trip
    return best
