"""Rows of millions of requests: narrow columns, one arm's rows together, and no copy to look at a slice.

The rows of an arm stand in the order (generation, cycle): an arm, an arm's generation and a single slice are
each one stretch of the table, of which a view costs nothing. Derived times are computed on demand: as columns
they would need as much memory as all the rest.
"""

import itertools
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from authbench.contracts.card import Operation
from authbench.contracts.failure import Failure
from authbench.contracts.records import SAMPLE_COLUMNS, Outcome

_MEASURED = [name for name in SAMPLE_COLUMNS if name not in ("arm", "position")]
_OUTCOMES = np.array([outcome.value for outcome in Outcome])
_OPERATIONS = np.array([operation.code for operation in Operation])
_ROOM = 1 << 20
"""Rows by which the columns grow."""


class SliceKey(NamedTuple):
    """The slice to which a row of a samples file belongs."""

    generation: int
    cycle: int
    arm: str
    position: int


def times_ms(rows: pd.DataFrame, since: Literal["sent_ns", "due_ns"]) -> npt.NDArray[np.float64]:
    """Milliseconds until done of each row: service time since sent, response time since due.

    All but an accepted reply counts as +infinity: left out, a failing server would look fast.
    """
    times: npt.NDArray[np.float64] = (rows["done_ns"] - rows[since]).to_numpy(dtype=float)
    times /= 1e6
    times[rows["outcome"].to_numpy() != int(Outcome.ACCEPTED)] = np.inf
    return times


def lateness_ms(rows: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Milliseconds from due to sent of each row that was sent."""
    sent = rows["sent_ns"].to_numpy()
    late: npt.NDArray[np.float64] = (sent - rows["due_ns"].to_numpy())[sent >= 0] / 1e6
    return late


@dataclass(frozen=True)
class RequestRows:
    """Requests of many slices."""

    table: pd.DataFrame
    """generation, cycle, `SAMPLE_COLUMNS` (`arm` as a categorical of the experiment's arms). One arm's rows
    are together, in the order of generation and cycle."""
    columns: dict[str, npt.NDArray[np.integer]]
    """The table's numbers, by name: the same memory, without a table's price for each look."""
    slices: dict[SliceKey, slice]
    """Where in the table each slice's rows are, in the table's order."""
    _by_arm: dict[str, list[tuple[int, slice]]] = field(init=False, default_factory=dict)
    """By arm: the generation and the rows of each slice, in the table's order."""

    def __post_init__(self) -> None:
        for key, where in self.slices.items():
            self._by_arm.setdefault(key.arm, []).append((key.generation, where))

    def of_arm(self, arm: str, generation: int | None = None) -> pd.DataFrame:
        """An arm's rows, of one generation or all: a view."""
        own = [where for number, where in self._by_arm.get(arm, []) if generation in (None, number)]
        return self.table.iloc[own[0].start : own[-1].stop] if own else self.table.iloc[:0]

    def columns_of(self, key: SliceKey) -> dict[str, npt.NDArray[np.int64]]:
        """The numbers recorded of a slice's requests, as the harness judged them. No rows: empty columns."""
        where = self.slices.get(key, slice(0))
        return {name: self.columns[name][where].astype(np.int64, copy=False) for name in _MEASURED}

    def outcomes(self) -> Iterator[tuple[SliceKey, dict[Outcome, int]]]:
        """How the requests of each slice ended, by outcome."""
        column = self.columns["outcome"]
        for key, where in self.slices.items():
            counts = np.bincount(column[where])
            yield key, {Outcome(int(code)): int(counts[code]) for code in np.flatnonzero(counts)}


class RowsBuilder:
    """Collect the samples files of a run one after the other, in the order of generation and cycle."""

    def __init__(self, arms: Sequence[str]) -> None:
        self._arms = list(arms)
        self._columns = {name: np.empty(0, dtype=SAMPLE_COLUMNS[name]) for name in _MEASURED}
        """In the order taken, with room for more at the end."""
        self._rows = 0
        self._spans: list[tuple[SliceKey, slice]] = []
        """The slices in the order taken, and where in the columns their rows are."""

    def add(self, generation: int, cycle: int, table: pa.Table) -> None:
        """Take one cycle's rows. Failure, and nothing of it taken, if they cannot be what was measured."""
        spans = list(_slices_of(generation, cycle, table, self._arms))
        columns = {name: table.column(name).to_numpy() for name in _MEASURED}
        _refuse_impossible(columns)
        before, after = self._rows, self._rows + len(table)
        self._spans += [(key, slice(before + at.start, before + at.stop)) for key, at in spans]
        for name, values in columns.items():
            if after > len(self._columns[name]):  # of so large a block the kernel moves pages, not bytes
                self._columns[name].resize(after + _ROOM, refcheck=False)
            self._columns[name][before:after] = values
        self._rows = after

    def build(self) -> RequestRows:
        """All rows. Can be asked for once: each column is let go as soon as there is one in order."""
        place = {arm: code for code, arm in enumerate(self._arms)}
        self._spans.sort(key=lambda span: place[span[0].arm])  # stable: an arm's slices keep their order
        keys = [key for key, _ in self._spans]
        lengths = [where.stop - where.start for _, where in self._spans]
        edges = np.cumsum([0, *lengths]).tolist()
        slices = {key: slice(*ends) for key, ends in zip(keys, itertools.pairwise(edges), strict=True)}
        columns: dict[str, npt.NDArray[np.integer]] = {
            "generation": np.repeat(np.array([key.generation for key in keys], dtype=np.int32), lengths),
            "cycle": np.repeat(np.array([key.cycle for key in keys], dtype=np.int32), lengths),
            "position": np.repeat(np.array([key.position for key in keys], dtype=np.int16), lengths),
        }
        for name in _MEASURED:
            taken = self._columns.pop(name)
            columns[name] = np.empty(edges[-1], dtype=taken.dtype)
            for key, where in self._spans:
                columns[name][slices[key]] = taken[where]
        codes = np.repeat(np.array([place[key.arm] for key in keys], dtype=np.int16), lengths)
        arm = pd.Categorical.from_codes(codes, categories=pd.Index(self._arms, dtype="str"))
        return RequestRows(pd.DataFrame({"arm": arm, **columns}, copy=False), columns, slices)


def _slices_of(
    generation: int, cycle: int, table: pa.Table, arms: Container[str]
) -> Iterator[tuple[SliceKey, slice]]:
    """Each slice of a file and where its rows are. Failure if they are not all in one place."""
    dictionary = table.column("arm").combine_chunks().dictionary_encode()
    try:
        names, codes = dictionary.dictionary.to_pylist(), dictionary.indices.to_numpy()
    except UnicodeDecodeError:
        raise Failure("the name of an arm in it is not text: it was damaged after the run") from None
    positions = table.column("position").to_numpy()
    changes = np.flatnonzero((np.diff(codes) != 0) | (np.diff(positions) != 0)) + 1
    edges = [0, *changes.tolist(), len(codes)] if len(codes) else []
    seen: set[SliceKey] = set()
    for start, end in itertools.pairwise(edges):
        key = SliceKey(generation, cycle, names[codes[start]], int(positions[start]))
        if key.arm not in arms:
            raise Failure(f"it has rows of an arm {key.arm!r}, which this experiment does not have")
        if key in seen:
            raise Failure(f"the rows of {key.arm} are not in one place: it was not written by authbench")
        seen.add(key)
        yield key, slice(start, end)


def _refuse_impossible(columns: dict[str, npt.NDArray[np.integer]]) -> None:
    """Failure if a row has a number that no generator writes."""
    due, sent, done, outcome = (columns[name] for name in ("due_ns", "sent_ns", "done_ns", "outcome"))
    replied = done >= 0
    least = np.minimum.reduce([columns[name] for name in ("bytes_out", "bytes_in", "status")])
    impossible = {
        "a request due before its slice began": due < 0,
        "a time below -1": (sent < -1) | (done < -1),
        "a reply to a request that was never sent": replied & (sent < 0),
        "a reply earlier than its request": replied & (done < sent),
        "an accepted request without a reply": (outcome == int(Outcome.ACCEPTED)) & ~replied,
        "a negative number of bytes or status": least < 0,
        "an outcome that does not exist": ~np.isin(outcome, _OUTCOMES),
        "an operation that does not exist": ~np.isin(columns["operation"], _OPERATIONS),
    }
    for what, rows in impossible.items():
        if rows.any():
            raise Failure(f"row {int(rows.argmax())} has {what}: its numbers were changed after the run")
