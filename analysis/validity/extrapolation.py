"""How far a conclusion may go beyond what was measured (rule V25)."""

from analysis.validity.limits import EXTRAPOLATION


def beyond(what: str, planned: float, highest: float | None) -> str:
    """Why a figure is refused: it lies too far beyond the highest value measured. Empty: it does not.

    `what`: of what the two numbers are, in words: 'requests/s of one core'. None: nothing was measured.
    """
    if highest is None or highest <= 0:
        return f"{what} were not measured"
    if planned <= EXTRAPOLATION.value * highest:
        return ""
    return (
        f"{planned:,.0f} {what} are {planned / highest:.1f} times the {highest:,.0f} measured, and no figure "
        f"goes beyond {EXTRAPOLATION.value:g} times"
    )
