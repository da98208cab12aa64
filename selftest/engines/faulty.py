"""The load generator with a fault: which one, the arm's label says. Any other arm is loaded honestly.

`python -m selftest.engines.faulty` is the real engine but for the loop that a slice is sent with.
"""

from authbench.contracts.generator_protocol import SliceOrder
from loadtests.generator import engine
from loadtests.generator.arm import Arm
from loadtests.generator.window import MeasuredLoop
from loadtests.schedule.mix import Mix, open_load
from selftest.engines.loops import FAULTS

_honest = engine.measured_loop


def measured_loop(arm: Arm, order: SliceOrder) -> MeasuredLoop:
    """The real engine's loop, or the one with the arm's fault."""
    fault = FAULTS.get(order.arm)
    if fault is None or order.rate_rps is None:
        return _honest(arm, order)
    mix = Mix(order.operations, order.housekeeping, order.draw, order.zipf_exponent)
    load = open_load(mix, order.rate_rps, order.duration_s, order.seed, arm.population)
    return fault(arm, order, load.due_ns, arm.take(load))


if __name__ == "__main__":
    engine.measured_loop = measured_loop
    engine.main()
