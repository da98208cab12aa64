"""Raw rows: one for each scheduled request, in the order they were due. In an open loop every column has its
full length before the window: inside it a row costs plain stores of integers, and nothing is allocated,
formatted or logged.
"""

from array import array
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from authbench.contracts.card import Operation
from authbench.contracts.records import Outcome

Columns = dict[str, npt.NDArray[np.int64]]
PENDING = -1
"""In the outcome column: the request has not ended yet. Never saved."""
_COLUMNS = ("due_ns", "sent_ns", "done_ns", "status", "bytes_out", "bytes_in", "outcome", "operation")


class Recorder:
    """Columns of 64-bit integers; times in ns from the slice's start, -1 for never.

    array('q') and not a numpy array, because storing one element costs a third.
    """

    def __init__(self, due_ns: npt.NDArray[np.int64], operation: npt.NDArray[np.int64]) -> None:
        """One row for each due time; `operation` holds `Operation.code`."""
        count = len(due_ns)
        never, none = array("q", [-1]) * count, array("q", [0]) * count
        self.due_ns = array("q", due_ns.tobytes())
        self.operation = array("q", operation.tobytes())
        self.sent_ns, self.done_ns = never[:], never[:]
        self.status, self.bytes_out, self.bytes_in = none[:], none[:], none[:]
        self.outcome = array("q", [PENDING]) * count

    def add(self, due_ns: int, operation: int) -> int:
        """Add a row for a request of a closed loop; return its number."""
        self.due_ns.append(due_ns)
        self.operation.append(operation)
        self.sent_ns.append(-1)
        self.done_ns.append(-1)
        self.status.append(0)
        self.bytes_out.append(0)
        self.bytes_in.append(0)
        self.outcome.append(PENDING)
        return len(self.due_ns) - 1

    def columns(self) -> Columns:
        """The columns as numpy arrays, under the names of `authbench.contracts.records.SAMPLE_COLUMNS`.

        RuntimeError if a request has no outcome: the slice is not over.
        """
        columns = {name: np.array(getattr(self, name), dtype=np.int64) for name in _COLUMNS}
        pending = int(np.count_nonzero(columns["outcome"] == PENDING))
        if pending:
            raise RuntimeError(f"{pending} requests have no outcome")
        return columns


def save_columns(columns: Columns, place: Path | BytesIO) -> None:
    """Write columns as one uncompressed .npz file: to a path, replacing it, or into memory.

    OSError if that fails.
    """
    if isinstance(place, BytesIO):
        np.savez(place, **columns)  # type: ignore[arg-type] # numpy types its own flag as **kwds
        return
    with place.open("wb") as file:
        np.savez(file, **columns)  # type: ignore[arg-type] # as above


def count_operations(operation: npt.NDArray[np.int64]) -> dict[str, int]:
    """Rows by name of their operation; operations that did not occur are left out."""
    values, counts = np.unique(operation, return_counts=True)
    names = list(Operation)
    return {names[value].value: int(count) for value, count in zip(values, counts, strict=True)}


def count_outcomes(columns: Columns) -> dict[str, int]:
    """Rows by name of their outcome; outcomes that did not occur are left out."""
    values, counts = np.unique(columns["outcome"], return_counts=True)
    return {Outcome(int(value)).name: int(count) for value, count in zip(values, counts, strict=True)}


def most_in_flight(columns: Mapping[str, npt.NDArray[np.int64]]) -> int:
    """Most requests under way at once, from the rows; one that ends when another is sent is not."""
    flown = columns["sent_ns"] >= 0
    sent, done = np.sort(columns["sent_ns"][flown]), np.sort(columns["done_ns"][flown])
    ended = np.searchsorted(done, sent, side="right")
    return int((np.arange(1, len(sent) + 1) - ended).max(initial=0))


def longest_silence_ns(columns: Mapping[str, npt.NDArray[np.int64]]) -> int:
    """Longest time with at least one request in flight in which no reply was read; 0 if none was sent.

    A request is in flight from sent to done. A stall of the server shows here even at a rate too low for the
    percentiles to see it.
    """
    sent, done = columns["sent_ns"], columns["done_ns"]
    flown = sent >= 0
    if not flown.any():
        return 0
    order = np.argsort(sent[flown], kind="stable")
    begins = sent[flown][order]
    ends = np.maximum.accumulate(done[flown][order])
    # A busy period begins where a request is sent after all earlier ones are done.
    first = np.concatenate(([True], begins[1:] > ends[:-1]))
    last = np.concatenate((first[1:], [True]))
    period_begins = begins[first]
    replies = done[flown & (columns["status"] > 0)]
    marks = np.sort(np.concatenate((period_begins, replies, ends[last])))
    period = np.searchsorted(period_begins, marks, side="right")
    gaps = np.diff(marks)[period[1:] == period[:-1]]
    return int(gaps.max(initial=0))
