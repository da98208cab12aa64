"""The load generator as a closed loop that says it is an open one: each connection waits for its reply.

The acceptance test of the frozen-server drill: with this engine a server that stood still must look omitted.
"""

from authbench.contracts.generator_protocol import SliceOrder
from loadtests.generator import engine
from loadtests.generator.arm import Arm
from loadtests.generator.window import MeasuredLoop

_honest = engine.measured_loop


def measured_loop(arm: Arm, order: SliceOrder) -> MeasuredLoop:
    """A closed loop, whatever was ordered."""
    return _honest(arm, order.model_copy(update={"loop": "closed"}))


if __name__ == "__main__":
    engine.measured_loop = measured_loop
    engine.main()
