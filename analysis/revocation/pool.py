"""Put revocations of one kind together: median, 95th percentile and longest window, and what never happened.

Each window is known as an interval, so a quantile is one as well: of the lower ends at least, of the upper
ends at most. Its confidence interval is that of order statistics, from the ranks of a binomial distribution
(METHOD 1.4), taken from the lower ends on the left and from the upper ends on the right. What was never seen
in n tries has a share of at most 3 / n (Hanley and Lippman-Hand, JAMA 1983), not 0.
"""

import math
from collections.abc import Sequence

from scipy import stats

from analysis.revocation.windows import Window, judge_window, longest_silence_s
from analysis.statistics.estimate import finite
from authbench.contracts.security.revocation import Bounds, Seen, Windows
from authbench.contracts.security.timeline import RevokedCredential

_CONFIDENCE = 0.95
_MISS = 1 - _CONFIDENCE


def pool(revoked: Sequence[RevokedCredential]) -> Windows:
    """Judge each, and put them together. Those without a verdict are counted, and left out of the rest."""
    judged = [judge_window(each) for each in revoked]
    shown = [window for window in judged if window.ending != "unknown"]
    at_least = [window.at_least_s for window in shown]
    at_most = [window.at_most_s for window in shown]
    came_back = sum(window.resurrected for window in judged)
    probes, late = sum(window.probes for window in shown), sum(window.accepted for window in shown)
    return Windows(
        revocations=len(judged),
        unknown=len(judged) - len(shown),
        still_accepted=sum(window.ending == "accepted" for window in shown),
        came_back=came_back,
        came_back_below=upper_share(came_back, len(judged)),
        median=quantile(at_least, at_most, 0.5),
        p95=quantile(at_least, at_most, 0.95),
        # What one worker process shows is a bound, even where another one shows nothing.
        longest_at_least_s=max((window.at_least_s for window in judged), default=0.0),
        longest_at_most_s=finite(max(at_most, default=math.inf)),
        longest_covers=_MISS ** (1 / len(shown)) if shown else 0.0,
        probes=probes,
        late=late,
        late_below=upper_share(late, probes),
        unanswered=sum(window.unknown for window in judged),
        longest_silence_s=max((longest_silence_s(each) for each in revoked), default=0.0),
    )


def evidence(revoked: RevokedCredential) -> Seen:
    """What there is to know of one revocation without its probes."""
    window = judge_window(revoked)
    return Seen(
        ending=window.ending,
        came_back=window.resurrected,
        call_s=(revoked.returned_ns - revoked.called_ns) / 1e9,
        life_s=window.life_s,
        at_least_s=[worker.at_least_s for worker in window.workers],
        at_most_s=[finite(worker.at_most_s) for worker in window.workers],
        probes=window.probes,
    )


def lives(revoked: Sequence[RevokedCredential]) -> Bounds | None:
    """The median life from the login to the last accepted request; None where no end was seen."""
    shown: list[Window] = [window for window in map(judge_window, revoked) if window.ending == "refused"]
    life = [window.life_s for window in shown]
    # The end lies as far beyond the last accepted probe as the window's end does.
    ended = [window.life_s + window.at_most_s - window.at_least_s for window in shown]
    return quantile(life, ended, 0.5)


def quantile(at_least: Sequence[float], at_most: Sequence[float], share: float) -> Bounds | None:
    """The `share` quantile of windows whose ends these are, in the same order; None of none."""
    count = len(at_least)
    if count == 0:
        return None
    lower, upper = sorted(at_least), sorted(at_most)
    place = max(0, math.ceil(round(count * share, 6)) - 1)
    middle = (place, place)
    if share == 0.5:
        middle = ((count - 1) // 2, count // 2)
    ranks = order_ranks(count, share)
    return Bounds(
        at_least_s=sum(lower[rank] for rank in middle) / 2,
        at_most_s=finite(sum(upper[rank] for rank in middle) / 2),
        low_s=lower[ranks[0]] if ranks else None,
        high_s=finite(upper[ranks[1]]) if ranks else None,
    )


def order_ranks(count: int, share: float) -> tuple[int, int] | None:
    """Places (from 0) of the sorted values that enclose the quantile; None where too few values can.

    The number of values below the quantile is binomial: each end is left out with half of the miss.
    """
    miss = (1 - _CONFIDENCE) / 2
    below = stats.binom(count, share)
    # The largest j with P(B < j) <= miss, and the smallest k with P(B >= k) <= miss; ranks from 1.
    low = int(below.ppf(miss))
    high = int(below.ppf(1 - miss)) + 1
    if low < 1 or high > count:
        return None
    return low - 1, high - 1


def upper_share(seen: int, tries: int) -> float:
    """The upper bound of a share, 95 % one-sided: 3 / n where it was never seen, else Clopper and Pearson's.

    1 where nothing was tried.
    """
    if tries == 0:
        return 1.0
    if seen == 0:
        return min(1.0, 3 / tries)
    return 1.0 if seen == tries else float(stats.beta.ppf(_CONFIDENCE, seen + 1, tries - seen))
