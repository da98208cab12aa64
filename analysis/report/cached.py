"""Say what a scheme with a cache costs: at a hit, at a miss, and for users who come at some usual gaps."""

from analysis.records.summary import CachedSummary
from analysis.report.sentences import estimate
from analysis.summary.cached import cost_at_gap, share_of_misses
from analysis.validity.decimals import decimals

GAPS_S = (1.0, 10.0, 60.0, 600.0)
"""Mean seconds between two requests of one user: a page that polls, somebody who clicks, rarer visitors."""


def gap_words() -> list[str]:
    """'at 10 s': the headings of these gaps."""
    return [f"at {gap:g} s" for gap in GAPS_S]


def _percent_missed(cached: CachedSummary, gap_s: float) -> str:
    return decimals(100 * share_of_misses(cached.window_s, gap_s))


def cached_sentence(cached: CachedSummary) -> str:
    """Write one sentence about a scheme with a cache."""
    hit = estimate(cached.hit_us, 0, interval=True)
    miss = estimate(cached.miss_us, 0, interval=True)
    mixed = [
        f"every {gap_s:g} s: {cost.value:.0f} us ({_percent_missed(cached, gap_s)}% misses)"
        for gap_s in GAPS_S
        if (cost := cost_at_gap(cached, gap_s)).value is not None
    ]
    used = f"; with one request {', '.join(mixed)}" if mixed else ""
    return (
        f"{cached.scheme}: a hit costs {hit} us above the control, a miss {miss} us; it uses what it cached "
        f"for {cached.window_s:g} s{used}."
    )
