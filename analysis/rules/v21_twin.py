from analysis.rules.rule import Rule
from analysis.statistics.intervals import ByGeneration
from analysis.statistics.noise_floor import differing_twins
from analysis.validity.finding import Finding
from analysis.validity.limits import TWIN_CONFIDENCE


class IdenticalArms(Rule):
    """V21 voids a run whose identical arms differ (99% interval of the primary metric), and refuses to
    compare throughput where they differ in that. Run once more; if it happens again, the machine is too
    unsteady.
    """

    code = "V21"
    lie = "the A/A test passed in silence"
    judged = "run"
    limits = (TWIN_CONFIDENCE,)
    advice = "run once more; if it happens again, this machine is too unsteady to compare anything"

    def check(self, log_ratios: ByGeneration, pair: tuple[str, str], metric: str) -> Finding | None:
        """`log_ratios`: ln(twin / original) of every whole cycle, in the primary metric."""
        twins = differing_twins(log_ratios)
        if twins is None:
            return None
        sentence = (
            f"two identical arms differ: ratio {twins.ratio:.3f}, 99% interval {twins.low:.3f} to "
            f"{twins.high:.3f}; this run would find differences where there are none"
        )
        return self.finding("void-run", " / ".join(pair), sentence, twins.ratio, 1, unit=f"ratio of {metric}")

    def check_throughput(self, log_ratios: ByGeneration, pair: tuple[str, str]) -> Finding | None:
        """`log_ratios`: ln(twin / original) of every whole saturated cycle."""
        twins = differing_twins(log_ratios)
        if twins is None:
            return None
        sentence = (
            f"the throughput of two identical arms, {pair[0]} and {pair[1]}, differs: ratio "
            f"{twins.ratio:.3f}, 99% interval {twins.low:.3f} to {twins.high:.3f}"
        )
        unit = "ratio of throughput_rps"
        return self.finding(
            "refuse-figure", "the run", sentence, twins.ratio, 1, unit=unit, refuses="throughput"
        )
