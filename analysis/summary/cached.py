"""Schemes with a cache: what a hit and a miss cost, and what that is at a reader's own request gap.

A run that mixes hits and misses has the mixture that its own load made: how many requests a credential sends
within a cache's window depends on the offered rate and on the number of credentials. So each is measured
apart, and the mixture is calculated for the reader's application.
"""

from analysis.records.summary import CachedSummary
from analysis.statistics.estimate import Estimate
from analysis.summary.judged_run import JudgedRun


def summarize_cached(run: JudgedRun) -> list[CachedSummary]:
    """Give each declared pair its cost at a hit and at a miss: microseconds of CPU above the control's."""
    control, schemes = run.experiment.control, {arm.label: arm.scheme for arm in run.experiment.arms}
    return [
        CachedSummary(
            scheme=schemes[pair.hit],
            hit=pair.hit,
            miss=pair.miss,
            window_s=pair.window_s,
            hit_us=run.gap(pair.hit, control, "cpu_total_us"),
            miss_us=run.gap(pair.miss, control, "cpu_total_us"),
        )
        for pair in run.experiment.cached
    ]


def share_of_misses(window_s: float, gap_s: float) -> float:
    """Return the share of requests that are misses, in a cache that uses an answer for `window_s` seconds.

    The requests of one credential arrive as a Poisson process with a mean gap of `gap_s` seconds. A miss
    starts a window, in which window / gap requests arrive on average, all of them hits; the next one is a
    miss. By the renewal-reward theorem (Ross, Introduction to Probability Models, proposition 7.3) the share
    is 1 / (1 + window / gap). ValueError unless both are positive.
    """
    if not (window_s > 0 and gap_s > 0):
        raise ValueError(f"window and gap must be positive: {window_s} s and {gap_s} s")
    return 1 / (1 + window_s / gap_s)


def cost_at_gap(cached: CachedSummary, gap_s: float) -> Estimate:
    """Return microseconds of CPU per request above the control, where a credential is used every `gap_s` s.

    The ends of the interval are those of hit and miss, weighted alike: too wide, never too narrow.
    """
    hit, miss = cached.hit_us, cached.miss_us
    if hit.value is None or miss.value is None:
        return Estimate(reason=hit.reason or miss.reason or "hit or miss has no figure")
    misses = share_of_misses(cached.window_s, gap_s)

    def mixed(at_hit: float | None, at_miss: float | None) -> float | None:
        return None if at_hit is None or at_miss is None else (1 - misses) * at_hit + misses * at_miss

    return Estimate(
        value=mixed(hit.value, miss.value), low=mixed(hit.low, miss.low), high=mixed(hit.high, miss.high)
    )
