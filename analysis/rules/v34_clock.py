"""V34, against clock trouble: one monotonic clock, in which things happen in their order."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from analysis.data.run import RunData
from analysis.validity.finding import Finding, slice_name
from analysis.validity.limits import CLOCK_STEP_MS
from authbench.contracts.records import SliceRecord


def check_order(
    record: SliceRecord, samples: Mapping[str, npt.NDArray[np.int64]], *, scheduled: bool = True
) -> Finding | None:
    """Due, sent, done: in this order, within the slice. Void slice where the clock jumped.

    Rows are written in the order they were due. -1 stands for never, and is before nothing. A reply may lie
    1 ms beyond the end: a clock that coarse is V05's. `scheduled` false: in a closed loop a request is due
    when it is sent, so there is no schedule to keep.
    """
    due, sent, done = (samples[name] for name in ("due_ns", "sent_ns", "done_ns"))
    flown, answered = sent >= 0, done >= 0
    latest_ns = record.window_ns + CLOCK_STEP_MS.value * 1e6
    impossible = {
        "requests were due before the one above them": scheduled & (np.diff(due) < 0),
        "requests were due outside of the slice": scheduled & ((due < 0) | (due > record.duration_s * 1e9)),
        "requests have a time before the slice began": (sent < -1) | (done < -1),
        "requests were sent before they were due": flown & (sent < due),
        "requests were answered before they were sent": answered & (~flown | (done < sent)),
        "requests were answered after the slice was over": answered & (done > latest_ns),
    }
    for what, rows in impossible.items():
        count = int(np.count_nonzero(rows))
        if count:
            return Finding(
                rule="V34",
                severity="void-slice",
                subject=slice_name(record.generation, record.cycle, record.arm, record.attempt),
                number=count,
                limit=0,
                unit="requests",
                sentence=f"{count} of {len(due)} {what}: the clock jumped",
                next_action="find what sets this machine's monotonic clock back: a virtual machine moved?",
            )
    return None


def check_step(record: SliceRecord) -> Finding | None:
    """A tag on a slice in which the wall clock was set by more than 1 ms."""
    return None if abs(_step_ms(record)) <= CLOCK_STEP_MS.value else _stepped(record, 1)


def check_run(run: RunData) -> list[Finding]:
    """One finding for all slices in which the wall clock was set, with the longest step. Decides nothing."""
    stepped = [judged.measured for judged in run.main if abs(_step_ms(judged.measured)) > CLOCK_STEP_MS.value]
    if not stepped:
        return []
    return [_stepped(max(stepped, key=lambda record: abs(_step_ms(record))), len(stepped))]


def _step_ms(record: SliceRecord) -> float:
    return (record.clock_step_ns or 0) / 1e6


def _stepped(record: SliceRecord, slices: int) -> Finding:
    more = f", and in {slices - 1} more slices" if slices > 1 else ""
    return Finding(
        rule="V34",
        severity="tag",
        subject=slice_name(record.generation, record.cycle, record.arm, record.attempt),
        number=_step_ms(record),
        limit=CLOCK_STEP_MS.value,
        unit="ms",
        sentence=(
            f"the wall clock was set by {_step_ms(record):+.1f} ms{more}: times are taken from a monotonic "
            "clock, so figures stand; tokens that expire in seconds would not"
        ),
        next_action="",
    )
