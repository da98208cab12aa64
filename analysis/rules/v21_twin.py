from collections.abc import Mapping

from analysis.rules.rule import Findings, Rule
from analysis.statistics.estimate import Estimate
from analysis.statistics.intervals import ByGeneration
from analysis.statistics.noise_floor import differing_twins
from analysis.validity.finding import Figures, Finding
from analysis.validity.limits import TWIN_CONFIDENCE


class IdenticalArms(Rule):
    """V21 voids a run whose identical arms differ (99% interval of the primary metric); where they differ in
    another metric, refuses every comparison in that metric; where the intervals of a figure that describes
    them have no value in common, gives no interval of that figure. Run once more; if it happens again, the
    machine is too unsteady.
    """

    code = "V21"
    lie = "the A/A test passed in silence"
    judged = "run"
    limits = (TWIN_CONFIDENCE,)
    advice = "run once more; if it happens again, this machine is too unsteady to compare anything"

    def check(
        self, log_ratios: ByGeneration, pair: tuple[str, str], metric: str, *, primary: bool
    ) -> Finding | None:
        """`log_ratios`: ln(twin / original) of every replicate of the metric; `primary`: whether the run was
        made to answer a question in it.
        """
        twins = differing_twins(log_ratios)
        if twins is None:
            return None
        what, unit = " / ".join(pair), f"ratio of {metric}"
        differ = f"ratio {twins.ratio:.3f}, 99% interval {twins.low:.3f} to {twins.high:.3f}"
        if primary:
            sentence = (
                f"two identical arms differ: {differ}; this run would find differences where there are none"
            )
            return self.finding("void-run", what, sentence, twins.ratio, 1, unit=unit)
        sentence = f"two identical arms differ in {metric}: {differ}; nothing is compared in it"
        return self.finding("refuse-figure", what, sentence, twins.ratio, 1, unit=unit)

    def check_intervals(
        self,
        figures: Figures,
        what: str,
        disproved: Mapping[str, tuple[Estimate, Estimate]],
        pair: tuple[str, str],
    ) -> Findings:
        """`disproved`: name of a figure -> the original's and the twin's, whose intervals are apart."""
        if not disproved:
            return
        twin, original = pair
        name, (first, second) = next(iter(disproved.items()))
        sentence = (
            f"intervals of identical arms have no value in common ({what}; {name} of {original} "
            f"{_interval(first)}, of {twin} {_interval(second)}): none is given of {', '.join(disproved)}"
        )
        yield self.finding("mark", "the run", sentence, advice="", refuses=figures)


def _interval(one: Estimate) -> str:
    return f"{one.value:.4g} [{one.low:.4g}, {one.high:.4g}]"
