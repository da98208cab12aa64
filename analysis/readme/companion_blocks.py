"""Write what stands beside the headline: the run of all schemes, and what was planted and found again."""

from collections.abc import Callable

from analysis.capacity.measured import comparison_of
from analysis.readme.blocks import wrapped
from analysis.records.calibration import CalibrationSummary, PlantedEffect
from analysis.records.summary import Comparison, Summary
from analysis.report.sentences import estimate

_REMEMBERED = ("session-memory", "opaque-redis-cached hit", "jwt-cached hit")
_BESIDE_A_SESSION = {
    "jwt-denylist": "a token with a deny list",
    "session-redis-rewrite": "a session that is rewritten with each request",
}


def companion_writers(headline: Summary, schemes: tuple[Summary, str] | None) -> dict[str, Callable[[], str]]:
    """Writers of the blocks `shapes` and `planted`.

    `schemes`: summary of the run of all schemes, and its page as a link; None: no such run is committed.
    """
    return {"shapes": lambda: _shapes(schemes), "planted": lambda: _planted(headline.calibration)}


def _shapes(schemes: tuple[Summary, str] | None) -> str:
    if schemes is None:
        return "* **All shapes of sessions and tokens** are compared by `make bench EXPERIMENT=schemes`."
    summary, page = schemes
    arms = {arm.arm: arm for arm in summary.arms}
    others = "; ".join(
        f"{words} {_against(comparison_of(summary, arm, 'session-redis', 'cpu_total_us'))}"
        for arm, words in _BESIDE_A_SESSION.items()
    )
    costs = [arms[name].cpu_minus_control_us.value or 0 for name in _REMEMBERED]
    rate = f"{summary.rate.offered_rps:,.0f} requests/s" if summary.rate else "its rate"
    return wrapped(
        f"* **All shapes of sessions and tokens** are compared in [another run]({page}) (`make bench "
        f"EXPERIMENT=schemes`, {rate}). Beside a Redis session, {others}. What a process remembers (a "
        f"session, an opaque token, a verified JWT) cost {min(costs):.0f} to {max(costs):.0f} us above the "
        f"control, a JWT that is verified {estimate(arms['jwt-hs256'].cpu_minus_control_us, 0)}.",
        indent="  ",
    )


def _against(c: Comparison | None) -> str:
    if c is None or c.ratio is None or c.verdict not in ("slower", "faster"):
        return "could not be told apart in CPU"
    return f"cost {100 * abs(c.ratio - 1):.0f} % {'more' if c.ratio > 1 else 'less'} CPU"


def _planted(calibration: CalibrationSummary | None) -> str:
    """Say which planted costs were found again, by one example of each kind."""
    if calibration is None:
        return "* **Whether known effects are found** is not known on this machine: run `make calibrate`."
    found = sum(effect.found for effect in calibration.planted)
    effects = {(effect.kind, effect.planted): effect for effect in calibration.planted}
    cpu, delay = effects["cpu", 100.0], effects["delay", 1.0]
    judged = [one for one in calibration.throughput if one.found is not None]
    throughput = "".join(
        f"; {one.planted_us:.0f} us leave {estimate(one.recovered, 2, interval=True)} of the control's "
        f"throughput, by arithmetic {one.predicted or 0:.2f}"
        for one in judged[-1:]
    )
    return wrapped(
        f"* **Known effects are found.** Planted costs of known size were measured on this machine, and "
        f"{found} of {len(calibration.planted)} found again: 100 us of CPU as {_recovered(cpu, 0)} us, 1 ms "
        f"of delay as {_recovered(delay, 2)} ms{throughput}. What is smaller than a machine can show is not "
        f"called a difference (`make calibrate`).",
        indent="  ",
    )


def _recovered(effect: PlantedEffect, digits: int) -> str:
    return estimate(effect.recovered, digits, interval=True)
