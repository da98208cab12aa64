"""Give quantiles of Student's t distribution."""

from scipy import special


def t_quantile(share: float, degrees: float) -> float:
    """Give the value below which a variable of Student's t with so many degrees of freedom is in that share.

    The number is the one of `scipy.stats.t.ppf`, whose checks of its arguments take a hundred times longer
    than the number: a summary asks for some thousands.
    """
    return float(special.stdtrit(degrees, share))
