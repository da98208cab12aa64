"""What a planted CPU cost must do to the highest rate: the check that a search measures what it says."""

from analysis.saturation.bracket import overlap
from authbench.contracts.saturation.report import Bracket, Found, PlantedCheck

_US_PER_S = 1e6


def lowered_rps(rate_rps: float, cpu_us: float, planted_us: float) -> float:
    """The highest rate after every request became `planted_us` dearer: L' = L - (1/D - 1/(D + p)).

    D is the CPU per request at the bound, so 1/D is the rate at which the core is full. Near saturation a
    percentile T of response times is proportional to D / (1 - L D) (Kingman's heavy-traffic limit), so at the
    same T the distance 1/D - L to the full core stays what it was. In M/M/1 it is exact: L = 1/D - 4.605 / T
    for p99. Never below 0.
    """
    return max(0.0, rate_rps - _US_PER_S / cpu_us + _US_PER_S / (cpu_us + planted_us))


def check_planted(control: Found, planted: Found, planted_us: float) -> PlantedCheck | None:
    """Put the bracket that follows from the control's beside the one found; None: it has no bound."""
    bracket = control.bracket
    if bracket.lower_rps is None or control.cpu_us is None:
        return None
    low = lowered_rps(bracket.lower_rps, control.cpu_us, planted_us)
    high = lowered_rps(bracket.upper_rps or bracket.lower_rps, control.cpu_us, planted_us)
    return PlantedCheck(
        objective=control.objective,
        planted_us=planted_us,
        cpu_us=control.cpu_us,
        expected_low_rps=low,
        expected_high_rps=high,
        found=planted.bracket,
        agrees=_agrees(bracket, planted.bracket, low, high),
    )


def _agrees(control: Bracket, planted: Bracket, low: float, high: float) -> bool | None:
    found_low, found_high = planted.lower_rps, planted.upper_rps
    if control.upper_rps is None or found_low is None or found_high is None:
        return None
    return overlap(low, high, found_low, found_high)
