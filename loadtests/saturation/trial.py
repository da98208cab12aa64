"""One trial: a rate is offered to one scheme, and every request that misses an objective is counted."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from authbench.contracts.records import Outcome, SliceRecord
from authbench.contracts.saturation.trial import Fault, Objective, Purpose, Trial
from loadtests.harness.load.generators import Columns

FindFaults = Callable[[SliceRecord, Columns], list[Fault]]
"""Why a trial says nothing of the server, by the validity rules; empty: it is valid."""


def response_ms(columns: Columns) -> npt.NDArray[np.float64]:
    """Milliseconds from due to done of each scheduled request; infinite where it was not answered well.

    From due and not from sent: a request that waits in a full generator waits as long as its user does.
    """
    accepted = columns["outcome"] == int(Outcome.ACCEPTED)
    return np.where(accepted, (columns["done_ns"] - columns["due_ns"]) / 1e6, np.inf)


def count_bad(times_ms: npt.NDArray[np.float64], objectives: Sequence[Objective]) -> list[int]:
    """Requests that miss each objective: later than its limit, failed, or never sent (infinite)."""
    return [int(np.count_nonzero(times_ms > objective.limit_ms)) for objective in objectives]


def as_trial(
    purpose: Purpose,
    record: SliceRecord,
    columns: Columns,
    objectives: Sequence[Objective],
    find_faults: FindFaults,
) -> Trial:
    """What one slice shows."""
    times_ms = np.sort(response_ms(columns))
    answered = times_ms[np.isfinite(times_ms)]
    return Trial(
        purpose=purpose,
        record=record,
        bad=count_bad(times_ms, objectives),
        mean_ms=float(answered.mean()) if len(answered) else None,
        p50_ms=_quantile(times_ms, 0.5),
        p99_ms=_quantile(times_ms, 0.99),
        faults=find_faults(record, columns),
    )


def _quantile(ordered_ms: npt.NDArray[np.float64], share: float) -> float | None:
    """The time of rank ceil(n * share), None where that request was not answered well."""
    if not len(ordered_ms):
        return None
    value = float(ordered_ms[math.ceil(round(len(ordered_ms) * share, 6)) - 1])
    return value if math.isfinite(value) else None
