"""V19, against the lie 'faster' below the noise: an effect counts only beyond what identical arms show.

And only if a calibration of the machine, where there is one, can see as little.
"""

import math

from analysis.statistics.intervals import Interval


def excludes_one(log: Interval) -> bool:
    """The interval of the log ratio does not contain 0. False does not mean that the arms are equal."""
    return not log.contains(0.0)


def above_noise(log: Interval, noise_floor: float) -> bool:
    """|ratio - 1| is greater than the noise floor (a ratio minus 1, alike in both directions)."""
    return abs(log.estimate) > math.log1p(noise_floor)


def visible(difference: float, calibrated: float | None) -> bool:
    """|A - B| is at least what the machine's calibration can see, in the same unit; None: not calibrated.

    The noise floor is of this run's arms, or of earlier ones; this is of the harness: no run can vouch for
    less than effects of known size have shown.
    """
    return calibrated is None or abs(difference) >= calibrated
