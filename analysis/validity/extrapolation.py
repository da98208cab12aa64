"""How far a conclusion may go beyond what was measured (rule V25)."""

from analysis.validity.decimals import fill
from analysis.validity.limits import EXTRAPOLATION

BEYOND = (
    "{planned:,.0f} {what} are {times:,.1f} times the {highest:,.0f} measured, and no figure goes beyond "
    "{limit:g} times"
)
UNMEASURED = "{what} were not measured"
"""Both refusals. The page of a run fills the same words in (analysis/report/scripts/plan.js)."""


def beyond(what: str, planned: float, highest: float | None) -> str:
    """Why a figure is refused: it lies too far beyond the highest value measured. Empty: it does not.

    `what`: of what the two numbers are, in words: 'requests/s of one core'. None: nothing was measured.
    """
    if highest is None or highest <= 0:
        return fill(UNMEASURED, what=what)
    limit = EXTRAPOLATION.value
    if planned <= limit * highest:
        return ""
    return fill(BEYOND, planned=planned, what=what, times=planned / highest, highest=highest, limit=limit)
