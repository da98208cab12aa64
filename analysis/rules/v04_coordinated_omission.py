"""V04, against coordinated omission: a server that stands still shows in every request due meanwhile.

A client that waits for replies before it sends again (a closed loop) records a handful of slow requests; an
open loop records every request that was due (Tene, "How NOT to measure latency").
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.validity.finding import Finding
from analysis.validity.limits import FROZEN_SEEN


@dataclass(frozen=True)
class Freeze:
    """A server that stood still between two moments of a slice; both in ns from the slice's start."""

    stopped_ns: int
    continued_ns: int
    rate_rps: float
    """Offered."""

    @property
    def least(self) -> float:
        """Requests that must be seen late: nine tenths of those that the rate makes due meanwhile."""
        return FROZEN_SEEN.value * self.rate_rps * (self.continued_ns - self.stopped_ns) / 1e9


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


def check(arm: str, late: int, freeze: Freeze) -> Finding | None:
    """As many requests are late as the rate made due, but for a tenth. Void where they are not.

    What is voided is every latency of this harness: a figure it gives hides what a user waits for.
    """
    if late >= freeze.least:
        return None
    frozen_s = (freeze.continued_ns - freeze.stopped_ns) / 1e9
    return Finding(
        rule="V04",
        severity="void-run",
        subject=arm,
        number=late,
        limit=freeze.least,
        unit="requests",
        sentence=(
            f"the server stood still for {frozen_s:.2f} s at {freeze.rate_rps:g} requests/s, and only {late} "
            f"requests show it; an open loop shows at least {freeze.least:.0f}"
        ),
        next_action="do not use latency from this harness: its load waits for the server",
        refuses="latency",
    )
