import math
import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from analysis.data.run import RunData
from analysis.records.summary import OrderSummary
from analysis.rules.rule import Findings, RunRule
from analysis.validity.finding import Figures, Finding
from analysis.validity.limits import POSITION_CHANCE

_CYCLES_TO_MOVE = 6
"""Whole cycles before an arm that never moved is no accident: with three arms by chance in 1 of 81 runs."""


def position_effect(run: RunData, metric: str) -> OrderSummary | None:
    """How the cost of a request depends on the slice's place in its cycle, arms and cycles taken out.

    From the logarithms of every whole cycle's figures: p of Friedman's test over the cycles; the drift is of
    a straight line. None with fewer than three places or two cycles.
    """
    table = run.slices[run.slices["whole_cycle"] & (run.slices[metric] > 0)]
    table = table.assign(log=np.log(table[metric].to_numpy(dtype=float)))
    table["log"] -= table.groupby(["generation", "arm"])["log"].transform("mean")
    wide = table.pivot_table(index=["generation", "cycle"], columns="position", values="log").dropna()
    if wide.shape[0] < 2 or wide.shape[1] < 3:
        return None
    wide = wide.sub(wide.mean(axis=1), axis=0)
    means = wide.mean(axis=0)
    slope = float(np.polyfit(np.arange(len(means)), means.to_numpy(), 1)[0])
    return OrderSummary(
        p_value=_friedman(wide),
        span=math.expm1(float(means.max() - means.min())),
        drift=math.expm1(slope * (len(means) - 1)),
    )


def _friedman(wide: pd.DataFrame) -> float:
    with warnings.catch_warnings():  # cycles that all tie have no statistic: nothing depends on the place
        warnings.simplefilter("ignore", RuntimeWarning)
        p_value = float(stats.friedmanchisquare(*(wide[column] for column in wide)).pvalue)
    return 1.0 if math.isnan(p_value) else p_value


class SliceOrder(RunRule):
    """V22 warns where a slice's place in its cycle changes its cost by more than identical arms differ (the
    order is balanced, so figures stay); refuses every figure where an arm had the same place in all cycles,
    and throughput where it had in all saturated ones.
    """

    code = "V22"
    lie = "the order does not matter"
    limits = (POSITION_CHANCE,)
    unit = "ratio - 1"
    advice = "lengthen the pause between slices, or look for what one slice leaves to the next"

    def check_run(self, run: RunData) -> Findings:
        """No arm has the same place in all whole cycles.

        The cost of an arm's fixed place looks like the arm's own, and no effect of places shows. Fewer cycles
        than arms, or than six, may agree by chance.
        """
        yield from self._check_places(run.slices, run.manifest.main_arms, "cycles", "all")
        yield from self._check_places(run.saturated_slices, run.arms, "saturated cycles", "throughput")

    def _check_places(
        self, slices: pd.DataFrame, arms: Sequence[str], what: str, refuses: Figures
    ) -> Findings:
        whole = slices[slices["whole_cycle"]]
        cycles = len(whole.groupby(["generation", "cycle"]))
        if cycles < max(len(arms), _CYCLES_TO_MOVE):
            return
        places = whole.groupby("arm")["position"].nunique()
        fixed = [arm for arm in arms if places[arm] == 1]
        if fixed:
            sentence = (
                f"{fixed[0]} had the same place in all of {cycles} {what}: "
                "what the place costs is in its figures"
            )
            advice = "measure in random order"
            yield self.finding(
                "refuse-figure",
                "the run",
                sentence,
                len(fixed),
                0,
                unit="arms",
                advice=advice,
                refuses=refuses,
            )

    def check(self, effect: OrderSummary, noise_floor: float) -> Finding | None:
        """Warn where the place matters at 1 % and by more than identical arms differ."""
        if effect.p_value >= POSITION_CHANCE.value or effect.span <= noise_floor:
            return None
        sentence = (
            f"the place in a cycle changes CPU per request by {effect.span:.1%} (p = {effect.p_value:.1g}), "
            f"more than identical arms differ ({noise_floor:.1%}); the order is balanced, so every arm bears "
            "it alike"
        )
        return self.finding("tag", "the run", sentence, effect.span, noise_floor)
