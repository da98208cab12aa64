"""V20, against the lie 'no difference' from a wide interval: only two one-sided tests may say so."""

from analysis.statistics.intervals import ByGeneration, equivalent


def may_say_equivalent(log_ratios: ByGeneration, margin: float) -> bool:
    """A difference of `margin` either way is ruled out at 5 % each."""
    return equivalent(log_ratios, margin)
