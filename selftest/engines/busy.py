"""The load generator, computing something else besides while it saturates the arm `busy-generator`."""

import time

import gevent

from authbench.contracts.generator_protocol import SliceOrder
from loadtests.generator import engine
from loadtests.generator.arm import Arm
from loadtests.generator.closed_loop import ClosedLoop
from loadtests.generator.window import MeasuredLoop
from loadtests.schedule.mix import Mix

_ARM = "busy-generator"
_BURN_NS = 4_000_000
_honest = engine.measured_loop


class BusyLoop(ClosedLoop):
    """A closed loop that computes for four milliseconds between two looks at its replies."""

    def begin(self, start_ns: int) -> None:
        super().begin(start_ns)
        gevent.spawn(self._compute)

    def _compute(self) -> None:
        while not self.ended:
            until_ns = time.thread_time_ns() + _BURN_NS
            while time.thread_time_ns() < until_ns:
                pass
            gevent.sleep(0.0001)


def measured_loop(arm: Arm, order: SliceOrder) -> MeasuredLoop:
    """The real engine's loop, or for a saturated slice of that arm one that has little time for it."""
    if order.arm != _ARM or order.loop != "closed":
        return _honest(arm, order)
    mix = Mix(order.operations, order.housekeeping, order.draw, order.zipf_exponent)
    source = arm.endless(mix, order.seed)
    return BusyLoop(arm.pool, source, order.duration_s, order.closed_connections, order.drain_s)


if __name__ == "__main__":
    engine.measured_loop = measured_loop
    engine.main()
