"""V19 and V20: what a comparison may be called, decided together in `analysis.comparison.arms.decide`."""

from analysis.comparison.arms import decide
from analysis.rules.rule import Rule
from analysis.validity import limits


class AboveNoise(Rule):
    """V19 calls an effect a difference only where it exceeds the noise floor, and is visible to this
    machine's calibration, where there is one.
    """

    code = "V19"
    lie = "a difference below the noise"
    judged = "comparison"
    limits = (
        limits.POOLED_RUNS,
        limits.PLANTED_CPU_US,
        limits.PLANTED_CPU_SHARE,
        limits.PLANTED_THROUGHPUT,
        limits.PLANTED_DELAY_MS,
    )
    check = staticmethod(decide)


class Equivalence(Rule):
    """V20 calls two arms `equivalent` only where two one-sided tests rule out a difference of the
    experiment's margin, either way.
    """

    code = "V20"
    lie = "no difference, from a wide interval"
    judged = "comparison"
    check = staticmethod(decide)
