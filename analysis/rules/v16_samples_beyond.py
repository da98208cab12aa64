"""V16, against the lie 'p99 = ...' from a handful of requests: enough must lie beyond it."""

import math

from analysis.validity.limits import SAMPLES_BEYOND


def refusal(count: int, share: float) -> str | None:
    """Why a sample of `count` requests has no `share` quantile, in words; None: it has one.

    With n samples the p99 is the maximum for any n up to 100: it says how long was measured, not how slow.
    """
    beyond = round(count * (1 - share), 6)
    if beyond >= SAMPLES_BEYOND.value:
        return None
    return f"{count} requests; {math.ceil(round(SAMPLES_BEYOND.value / (1 - share), 6))} are needed"
