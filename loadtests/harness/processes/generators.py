"""One load generator or several, each with an equal share of the load, seen as one.

Independent Poisson processes of rate r / N add up to one of rate r, so generators need no coordination but
a common start. Their rows are put together before anything is computed from them: counts add up, and
percentiles are those of all rows.
"""

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from authbench.contracts.card import Operation
from authbench.contracts.failure import Failure
from authbench.contracts.generator_protocol import (
    CONNECTIONS,
    ENGINE_MODULE,
    Armed,
    ArmOrder,
    ArmReply,
    Drained,
    ForgetOrder,
    Order,
    PlannedRequest,
    Ready,
    SliceLoad,
    SliceOrder,
    SliceReply,
    write_requests,
)
from authbench.contracts.message import Message, Reply
from loadtests.generator.rows import longest_silence_ns, most_in_flight
from loadtests.harness.processes.processes import Child

Columns = Mapping[str, npt.NDArray[np.int64]]
_M = TypeVar("_M", bound=Message)

_ANSWER_S = 30.0
_LEAD_NS = 15_000_000
"""From the last preparation to the first possible request: the harness reads the clocks here."""
_LEAD_OF_EACH_NS = 40_000_000
"""More for each generator beyond the first: all must be ready before the common start."""


@dataclass(frozen=True)
class LoadReading:
    """A slice as all generators together saw it."""

    reply: SliceReply
    columns: Columns
    """Rows of all, in the order they were due."""
    busiest_ns: int
    """CPU time of generators on the processor that had most of it."""


class Generators:
    """The load of a run. Every order goes to each generator, with its share."""

    def __init__(self, count: int, cpus: Sequence[int], scratch: Path) -> None:
        """Start `count` processes: one alone may use all of `cpus`, several get one each in turn."""
        self._scratch = scratch
        self.cpus: list[tuple[int, ...]] = [
            tuple(cpus) if count == 1 else (cpus[number % len(cpus)],) for number in range(count)
        ]
        command = [sys.executable, "-m", ENGINE_MODULE]
        self._each = [
            Child("the load generator", command, own, scratch / f"generator{number}.log")
            for number, own in enumerate(self.cpus)
        ]
        self.versions: dict[str, str] = {}

    @property
    def pids(self) -> list[int]:
        return [generator.pid for generator in self._each]

    def wait_until_ready(self) -> None:
        for generator in self._each:
            self.versions = generator.answer(Ready, _ANSWER_S).versions

    def stop(self) -> None:
        for generator in self._each:
            generator.stop()

    def arm(
        self,
        label: str,
        host: str,
        port: int,
        requests: Mapping[Operation, Sequence[PlannedRequest]],
        connections: int = CONNECTIONS,
        authority: Path | None = None,
        kept: Sequence[Operation] = (),
    ) -> None:
        """Hand out an arm's requests: no two generators get the same credential.

        Credentials travel over private files that are gone when the generators have read them. Those of the
        operations in `kept` are not sent: the generators have them since an earlier call with this address.
        """
        count = len(self._each)
        for operation, each in requests.items():
            if len(each) < count:
                raise Failure(f"{count} generators cannot share {len(each)} credentials of {operation}")
        paths = [self._scratch / f"requests{number}.json" for number in range(count)]
        try:
            if requests:
                for number, path in enumerate(paths):
                    write_requests(path, {op: each[number::count] for op, each in requests.items()})
            orders = [
                ArmOrder(
                    arm=label,
                    host=host,
                    port=port,
                    connections=share,
                    requests=path if requests else None,
                    kept=tuple(kept),
                    authority=authority,
                )
                for path, share in zip(paths, _shares(connections, count), strict=True)
            ]
            self._all(orders, ArmReply)
        finally:
            for path in paths:
                path.unlink(missing_ok=True)

    def closed_loop_rps(self, label: str, duration_s: float, connections: int, seed: int) -> float:
        """Keep `connections` busy with reads, outside every measured slice; return replies a second."""
        load = SliceLoad(
            arm=label,
            duration_s=duration_s,
            seed=seed,
            operations={Operation.READ: 1.0},
            loop="closed",
            closed_connections=connections,
        )
        found = self.offer(load)
        window_s = (found.reply.drained_ns - found.reply.started_ns) / 1e9
        in_time = (found.columns["status"] > 0) & (found.columns["done_ns"] < duration_s * 1e9)
        return int(np.count_nonzero(in_time)) / min(window_s, duration_s)

    def offer(self, load: SliceLoad) -> LoadReading:
        """Send the load of one slice, from now to the end of its drain."""
        self.begin_slice(load)
        self.wait_until_drained(load.duration_s + _ANSWER_S)
        return self.finish_slice()

    def begin_slice(self, load: SliceLoad) -> int:
        """Have every generator lay out its share and wait for the start, which is returned (monotonic ns)."""
        count = len(self._each)
        start_at_ns = time.monotonic_ns() + _LEAD_NS + count * _LEAD_OF_EACH_NS if count > 1 else None
        shares = _shares(load.closed_connections, count)
        for number, (generator, connections) in enumerate(zip(self._each, shares, strict=True)):
            own = {
                "rate_rps": load.rate_rps / count if load.rate_rps else None,
                "seed": _seed_of(load.seed, number),
                "closed_connections": connections,
                "rows": self._rows(number),
                "start_in_ns": _LEAD_NS,
                "start_at_ns": start_at_ns,
            }
            generator.send(SliceOrder.model_validate(load.model_dump() | own).line())
        return max(generator.answer(Armed, _ANSWER_S).start_ns for generator in self._each)

    def wait_until_drained(self, within_s: float) -> None:
        for generator in self._each:
            generator.answer(Drained, within_s)

    def finish_slice(self) -> LoadReading:
        """What came of the slice, from the rows of all generators."""
        replies = [generator.answer(SliceReply, _ANSWER_S) for generator in self._each]
        rows = [self._read_rows(number) for number in range(len(self._each))]
        by_cpu: Counter[tuple[int, ...]] = Counter()
        for own, reply in zip(self.cpus, replies, strict=True):
            by_cpu[own] += reply.generator_cpu_ns
        busiest_ns = max(by_cpu.values())
        if len(replies) == 1:
            return LoadReading(replies[0], rows[0], busiest_ns)
        columns = merge_rows(rows)
        return LoadReading(merge_replies(replies, columns), columns, busiest_ns)

    def forget(self, label: str) -> None:
        """Have every generator close its connections to an arm. Failure if one does not answer."""
        self._all([ForgetOrder(arm=label)] * len(self._each), Reply)

    def _rows(self, number: int) -> Path:
        return self._scratch / f"rows{number}.npz"

    def _read_rows(self, number: int) -> dict[str, npt.NDArray[np.int64]]:
        path = self._rows(number)
        with np.load(path) as rows:
            columns = {name: np.asarray(rows[name], dtype=np.int64) for name in rows.files}
        path.unlink()
        return columns

    def _all(self, orders: Sequence[Order], expected: type[_M]) -> list[_M]:
        """One order to each at the same time; the answers of all."""
        for generator, own in zip(self._each, orders, strict=True):
            generator.send(own.line())
        return [generator.answer(expected, _ANSWER_S) for generator in self._each]


def merge_rows(rows: Sequence[Columns]) -> dict[str, npt.NDArray[np.int64]]:
    """All rows in the order they were due."""
    together = {name: np.concatenate([each[name] for each in rows]) for name in rows[0]}
    order = np.argsort(together["due_ns"], kind="stable")
    return {name: column[order] for name, column in together.items()}


def merge_replies(replies: Sequence[SliceReply], columns: Columns) -> SliceReply:
    """Add up the counts of all generators; what is no sum is computed from all rows."""
    merged: dict[str, Any] = {
        "ok": True,
        "started_ns": min(reply.started_ns for reply in replies),
        "drained_ns": max(reply.drained_ns for reply in replies),
        "in_flight_max": most_in_flight(columns),
        "longest_silence_ns": longest_silence_ns(columns),
    }
    for name in SliceReply.model_fields.keys() - merged.keys():
        values = [getattr(reply, name) for reply in replies]
        counted = isinstance(values[0], dict)
        merged[name] = dict(sum(map(Counter, values), Counter())) if counted else sum(values)
    return SliceReply(**merged)


def _shares(total: int, count: int) -> list[int]:
    """`total` in `count` parts that differ by one at most, none of them 0."""
    return [max(1, total // count + (number < total % count)) for number in range(count)]


def _seed_of(seed: int, number: int) -> int:
    """A stream of its own for each generator; the first keeps the seed, as if it were alone."""
    return seed if number == 0 else int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
