import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.rules.rule import Rule
from analysis.validity.finding import Finding
from analysis.validity.limits import FROZEN_CHANCE, FROZEN_SEEN


@dataclass(frozen=True)
class Freeze:
    """A server that stood still between two moments of a slice; both in ns from the slice's start."""

    stopped_ns: int
    continued_ns: int
    rate_rps: float
    """Offered."""

    def least(self, due: int) -> int:
        """Requests that must be seen late, of `due` that were recorded as due meanwhile.

        Nine tenths of these. They are as many as a Poisson process of the rate may have by chance, at least:
        a load that waits for replies records few as due. And one, or nothing was seen.
        """
        expected = self.rate_rps * (self.continued_ns - self.stopped_ns) / 1e9
        by_chance = float(stats.poisson.ppf(FROZEN_CHANCE.value, expected))
        return max(1, math.ceil(FROZEN_SEEN.value * due), math.ceil(by_chance))


def count_late(
    due_ns: npt.NDArray[np.int64], done_ns: npt.NDArray[np.int64], freeze: Freeze
) -> tuple[int, int]:
    """(due, late) of the requests due while the server stood still. Times in ns from the slice's start.

    Late: the response time is at least what was left of the freeze when the request fell due. One that was
    never answered (done_ns below 0) is late.
    """
    inside = (due_ns >= freeze.stopped_ns) & (due_ns < freeze.continued_ns)
    late = inside & ((done_ns < 0) | (done_ns - due_ns >= freeze.continued_ns - due_ns))
    return int(inside.sum()), int(late.sum())


class CoordinatedOmission(Rule):
    """V04 is judged by the drill: a server that stands still must show in nine tenths of the requests due
    meanwhile, and in as many as chance leaves of the rate.

    A client that waits for replies before it sends again (a closed loop) records a handful of slow requests;
    an open loop records every request that was due (Tene, "How NOT to measure latency"). It does so to
    identical arms alike, so the twin cannot object, and the drill's figures are void.
    """

    code = "V04"
    lie = "there is no coordinated omission"
    judged = "drill"
    limits = (FROZEN_SEEN, FROZEN_CHANCE)
    unit = "requests"
    advice = "do not use latency from this harness: its load waits for the server"

    def check(self, arm: str, due: int, late: int, freeze: Freeze) -> Finding | None:
        """Void the drill if too few requests are late: the harness's latency hides what a user waits for.

        `due`, `late`: as `count_late` counts them.
        """
        least = freeze.least(due)
        if late >= least:
            return None
        frozen_s = (freeze.continued_ns - freeze.stopped_ns) / 1e9
        sentence = (
            f"the server stood still for {frozen_s:.2f} s at {freeze.rate_rps:g} requests/s, and only {late} "
            f"requests show it; an open loop shows at least {least}"
        )
        return self.finding("void-run", arm, sentence, late, least, refuses="latency")
