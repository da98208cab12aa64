"""Slices in which the machine or the generator was disturbed.

A cycle is left out whole, for all arms, and only by what does not depend on how fast a server answered: how
many milliseconds the generator was late, and how much time the host stole. A limit that grows with the
slice's own service time would keep slow slices of one arm and drop fast ones of another: it selects by
outcome.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.validity.limits import LATENESS_P50_MS, LATENESS_P99_MS, STEAL_SHARE
from authbench.contracts.records import SliceRecord


class Lateness(NamedTuple):
    """Milliseconds from due to sent, of one slice."""

    p50_ms: float
    p99_ms: float

    @property
    def too_late(self) -> bool:
        return self.p50_ms > LATENESS_P50_MS.value or self.p99_ms > LATENESS_P99_MS.value


def lateness(samples: Mapping[str, npt.NDArray[np.int64]]) -> Lateness | None:
    """Lateness of a slice's requests that were sent; None where none was. `samples`: columns by name."""
    sent = samples["sent_ns"] >= 0
    if not sent.any():
        return None
    late_ms = (samples["sent_ns"][sent] - samples["due_ns"][sent]) / 1e6
    p50_ms, p99_ms = np.percentile(late_ms, [50, 99]).tolist()
    return Lateness(p50_ms, p99_ms)


def most_stolen(record: SliceRecord) -> tuple[int, float]:
    """The processor of the placement that the host stole most of, and the share of wall time."""
    return max(record.steal.items(), key=lambda item: item[1], default=(0, 0.0))


def is_disturbed(
    record: SliceRecord, samples: Mapping[str, npt.NDArray[np.int64]], loop: Literal["open", "closed"]
) -> bool:
    """Whether the generator was late in a slice, or the host stole from its processors.

    A closed loop has no time at which a request is due, so nothing in it is late.
    """
    if most_stolen(record)[1] > STEAL_SHARE.value:
        return True
    late = lateness(samples) if loop == "open" else None
    return late is not None and late.too_late
