from analysis.rules.rule import Rule
from analysis.validity.extrapolation import beyond
from analysis.validity.limits import EXTRAPOLATION, LADDER_RATES, LINEARITY


class Extrapolation(Rule):
    """V25 gives no slope from fewer than three rates, refuses a planned figure that lies more than twice
    beyond what was measured, and says how far; a line that is not straight is called so.
    """

    code = "V25"
    lie = "it goes on like that"
    judged = "plan"
    limits = (LADDER_RATES, EXTRAPOLATION, LINEARITY)
    check = staticmethod(beyond)
