"""V31, against a decomposition that does not add up: what no stage explains stands beside the stages."""

from analysis.statistics.intervals import Interval
from analysis.validity.finding import Finding
from analysis.validity.limits import RESIDUAL_SHARE


def check(scheme: str, total: Interval, residual: Interval) -> Finding | None:
    """The stages of a scheme reconcile with it: |residual| is at most 15 % of the total.

    `total`: the scheme minus the control. `residual`: the scheme minus its last rung, in the same unit.
    Beyond the limit the stages are refused; also where the total may be nothing: it has no parts then.
    Within it, but with an interval that reaches beyond: told.
    """
    limit = RESIDUAL_SHARE.value
    if total.low <= 0:
        return Finding(
            rule="V31",
            severity="refuse-figure",
            subject=f"stages of {scheme}",
            number=total.estimate,
            limit=0.0,
            unit="us above the control",
            sentence="what it adds to the control cannot be told from nothing, so neither can its parts",
            next_action="measure more generations",
        )
    share = residual.estimate / total.estimate
    if abs(share) > limit:
        return Finding(
            rule="V31",
            severity="refuse-figure",
            subject=f"stages of {scheme}",
            number=share,
            limit=limit,
            unit="share of the total",
            sentence=(
                f"they leave {share:.0%} of the {total.estimate:.0f} us it adds unexplained "
                f"(at most {limit:.0%}), so they are not shown"
            ),
            next_action="a rung is missing from the chain, or the machine is too unsteady: compare the twins",
        )
    farthest = max(abs(residual.low), abs(residual.high)) / total.estimate
    if farthest <= limit:
        return None
    return Finding(
        rule="V31",
        severity="tag",
        subject=f"stages of {scheme}",
        number=farthest,
        limit=limit,
        unit="share of the total",
        sentence=(
            f"they explain it but for {share:.0%}; the interval does not rule out {farthest:.0%}, "
            f"which would be too much"
        ),
        next_action="measure more generations to be sure",
    )
