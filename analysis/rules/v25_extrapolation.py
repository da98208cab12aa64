from analysis.rules.rule import Rule
from analysis.validity.limits import EXTRAPOLATION, LADDER_RATES, LINEARITY


class Extrapolation(Rule):
    """V25 gives no slope from fewer than three rates; a plan says where it goes beyond what was measured, and
    where cost is no straight line.
    """

    code = "V25"
    lie = "it goes on like that"
    judged = "plan"
    limits = (LADDER_RATES, EXTRAPOLATION, LINEARITY)

    def check(self, planned_rps: float, highest_rps: float, linearity: float | None) -> list[str]:
        """Warnings of a plan that gives a core `planned_rps`, measured up to `highest_rps` requests/s.

        `linearity`: R^2 of the arm's cost against its rate; None: unknown, which warns of nothing.
        """
        warnings = []
        if planned_rps > EXTRAPOLATION.value * highest_rps:
            warnings.append(
                f"extrapolated: a core is planned for {planned_rps:.0f} requests/s, "
                f"{planned_rps / highest_rps:.1f} times the highest rate it was measured at "
                f"({highest_rps:.0f})"
            )
        if linearity is not None and linearity < LINEARITY.value:
            warnings.append(
                f"cost is no straight line in the rate (R^2 {linearity:.3f}): one slope does not hold"
            )
        return warnings
