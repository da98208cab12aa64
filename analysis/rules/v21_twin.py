"""V21, against an A/A test that fails in silence: two identical arms must come out alike."""

from analysis.statistics.intervals import ByGeneration, nested_ratio
from analysis.validity.finding import Finding
from analysis.validity.limits import TWIN_CONFIDENCE


def check(log_ratios: ByGeneration, pair: tuple[str, str], metric: str) -> Finding | None:
    """The twin's 99% interval for the primary metric contains 1. Void run where it does not.

    One sound run in a hundred fails it: one repeat is allowed, a second failure is the machine's.
    """
    if not log_ratios:
        return None
    twin = nested_ratio(log_ratios, TWIN_CONFIDENCE.value)
    if twin.low <= 1 <= twin.high:
        return None
    return Finding(
        rule="V21",
        severity="void-run",
        subject=f"{pair[0]} / {pair[1]}",
        number=twin.ratio,
        limit=1.0,
        unit=f"ratio of {metric}",
        sentence=(
            f"two identical arms differ: ratio {twin.ratio:.3f}, "
            f"99% interval {twin.low:.3f} to {twin.high:.3f}; "
            "this run would find differences where there are none"
        ),
        next_action="run once more; if it happens again, this machine is too unsteady to compare anything",
    )
