from analysis.rules.rule import Rule
from analysis.statistics.intervals import Interval
from analysis.validity.finding import Finding
from analysis.validity.limits import RESIDUAL_SHARE


class StageSum(Rule):
    """V31 refuses a scheme's stages where more than 15% of what it adds is unexplained, or where it may add
    nothing; says where the interval does not rule that out.
    """

    code = "V31"
    lie = "the stages add up"
    judged = "figure"
    limits = (RESIDUAL_SHARE,)
    unit = "share of the total"
    advice = "measure more generations to be sure"

    def check(self, scheme: str, total: Interval, residual: Interval) -> Finding | None:
        """The stages of a scheme add up to the scheme.

        `total`: the scheme minus the control. `residual`: the scheme minus its last rung, in the same unit.
        A total that may be nothing has no parts.
        """
        limit, stages = RESIDUAL_SHARE.value, f"stages of {scheme}"
        if total.low <= 0:
            sentence = "what it adds to the control cannot be told from nothing, so neither can its parts"
            unit, more = "us above the control", "measure more generations"
            return self.finding("refuse-figure", stages, sentence, total.estimate, 0, unit=unit, advice=more)
        share = residual.estimate / total.estimate
        if abs(share) > limit:
            sentence = (
                f"they leave {share:.0%} of the {total.estimate:.0f} us it adds unexplained "
                f"(at most {limit:.0%}), so they are not shown"
            )
            advice = "a rung is missing from the chain, or the machine is too unsteady: compare the twins"
            return self.finding("refuse-figure", stages, sentence, share, limit, advice=advice)
        farthest = max(abs(residual.low), abs(residual.high)) / total.estimate
        if farthest <= limit:
            return None
        sentence = (
            f"they explain it but for {share:.0%}; the interval does not rule out {farthest:.0%}, "
            "which would be too much"
        )
        return self.finding("tag", stages, sentence, farthest, limit)
