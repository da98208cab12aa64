"""What a scheme with a cache costs at a reader's own request gap, from a hit and a miss measured apart."""

from analysis.records.summary import CachedSummary
from analysis.statistics.estimate import Estimate

GAPS_S = (1.0, 10.0, 60.0, 600.0)
"""Mean seconds between two requests of the same credential, as the page tabulates them."""


def gap_words() -> list[str]:
    """'at 10 s': the headings of these gaps."""
    return [f"at {gap:g} s" for gap in GAPS_S]


def miss_share(window_s: float, gap_s: float) -> float:
    """Give the share of requests that miss a cache: 1 / (1 + window / gap).

    `window_s`: how long an answer lives, counted from the miss that fetched it. `gap_s`: mean time between
    two requests of the same credential, which arrive as a Poisson process: each miss is followed by window /
    gap hits on average. (Jung, Berger & Balakrishnan, Modeling TTL-based Internet Caches, INFOCOM 2003.)
    """
    return 1.0 / (1.0 + window_s / gap_s)


def cost_at(cached: CachedSummary, gap_s: float) -> Estimate:
    """Give CPU microseconds per request above the control at a mean gap.

    The ends of the interval are those of hit and miss, weighted alike: too wide, never too narrow.
    """
    hit, miss = cached.hit_us, cached.miss_us
    if hit.value is None or miss.value is None:
        return Estimate(reason=hit.reason or miss.reason or "hit or miss has no figure")
    share = miss_share(cached.window_s, gap_s)

    def mixed(at_hit: float | None, at_miss: float | None) -> float | None:
        return None if at_hit is None or at_miss is None else (1 - share) * at_hit + share * at_miss

    return Estimate(
        value=mixed(hit.value, miss.value), low=mixed(hit.low, miss.low), high=mixed(hit.high, miss.high)
    )
