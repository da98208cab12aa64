"""One load generator or several, each with an equal share of the load, seen as one.

Independent Poisson processes of rate r / N add up to one of rate r, so generators need no coordination but
a common start. Their rows are put together before anything is computed from them: counts add up, and
percentiles are those of all rows. Each row's times are of one clock, counted from that generator's start.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from authbench.contracts.card import Operation
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.generator_protocol import (
    CONNECTIONS,
    Armed,
    ArmOrder,
    ArmReply,
    Drained,
    ForgetOrder,
    GoOrder,
    Order,
    PlannedRequest,
    Prepared,
    Ready,
    SliceLoad,
    SliceOrder,
    SliceReply,
    write_requests,
)
from authbench.contracts.message import Message, Reply
from authbench.contracts.records import EngineClock, HostFacts
from authbench.words.counting import counted
from loadtests.generator.rows import count_outcomes, longest_silence_ns, most_in_flight
from loadtests.harness.load.channel import Channel
from loadtests.harness.load.clocks import read_clock

Columns = Mapping[str, npt.NDArray[np.int64]]
_M = TypeVar("_M", bound=Message)

_ANSWER_S = 30.0
_LEAD_NS = 15_000_000
"""From the last preparation to the first possible request: the harness reads the clocks here."""
_LEAD_OF_EACH_NS = 40_000_000
"""More for each generator beyond the first: all must be ready before the common start."""
_LEAD_APART_NS = 100_000_000
"""From the order to begin to the common start of engines with clocks of their own: for the order to arrive
there, and for the harness to read its own clocks."""
_READING_NS = 20_000_000
_READINGS = 4
"""Round trips that one reading of another host may take: twice the least of one is not rare."""
_UNTOLD = HostFacts(authbench_version="", boot="", processors=[])


@dataclass(frozen=True)
class LoadReading:
    """A slice as all generators together saw it."""

    reply: SliceReply
    columns: Columns
    """Rows of all, in the order they were due."""
    busiest_ns: int
    """CPU time of generators on the processor that had most of it."""
    clocks: Mapping[str, EngineClock]
    """Of the generators that have clocks of their own, by name; with what each was late to begin."""


class Generators:
    """The load of a run. Every order goes to each generator, with its share."""

    def __init__(self, channels: Sequence[Channel], scratch: Path, reading_us: float = 0.0) -> None:
        """One engine at the end of each channel. Files on their way are in `scratch`.

        `reading_us`: how long the harness needs to read the counters of other hosts before a slice begins.
        """
        self._scratch = scratch
        self._each = channels
        self._clocks: dict[str, EngineClock] = {}
        self._reading_ns = round(_READING_NS + _READINGS * reading_us * 1000) if reading_us else 0
        self._starts_ns: dict[str, int] = {}
        """The common start of the slice by the clock of each generator that has its own."""
        self._closed = False
        """Whether the slice is a closed loop."""
        self.versions: dict[str, str] = {}
        self.hosts: dict[str, HostFacts] = {}
        """Of generators that are behind a carrier, by name: what they said of their host."""

    @property
    def pids(self) -> list[int]:
        """The process ids of the generators that are children of the harness."""
        return [generator.pid for generator in self._each if generator.pid is not None]

    def wait_until_ready(self) -> None:
        """Take what all say of themselves. Failure where two of them run other versions than each other."""
        for generator in self._each:
            ready = generator.answer(Ready, _ANSWER_S)
            versions = ready.versions
            if generator.apart:
                self.hosts[generator.name] = ready.host or _UNTOLD
            if self.versions and versions != self.versions:
                told = ", ".join(f"{name} {version}" for name, version in versions.items())
                raise Failure(
                    f"{generator.name} has {told}, the one before it has not: install the same on all hosts"
                )
            self.versions = versions

    def round_trip_us(self, name: str) -> float:
        """The least round trip of an order to the generator of that name."""
        generator = next(each for each in self._each if each.name == name)
        return 2 * read_clock(generator).bound_ns / 1000

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
        opening: str = "/",
        *,
        fresh: bool = False,
    ) -> None:
        """Hand out an arm's requests: no two generators get the same credential.

        Credentials travel over private files that are gone when the generators have read them. Those of the
        operations in `kept` are not sent: the generators have them since an earlier call with this address.
        With `fresh` each request gets a connection of its own, and `connections` are not opened.
        Every connection asks for the path `opening` once, without a credential, before it is used.
        """
        count = len(self._each)
        for operation, each in requests.items():
            if len(each) < count:
                raise Failure(
                    f"{counted(count, 'generator')} cannot share {counted(len(each), 'credential')} of "
                    f"{operation}"
                )
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
                    requests=generator.share(path) if requests else None,
                    kept=tuple(kept),
                    authority=generator.share(authority) if authority else None,
                    fresh=fresh,
                    opening=opening,
                )
                for generator, path, share in zip(self._each, paths, _shares(connections, count), strict=True)
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
        self._closed = load.loop == "closed"
        count = len(self._each)
        apart = any(generator.apart for generator in self._each)
        start_at_ns = None
        if count > 1 and not apart:
            start_at_ns = time.monotonic_ns() + _LEAD_NS + self._reading_ns + count * _LEAD_OF_EACH_NS
        shares = _shares(load.closed_connections, count)
        for number, (generator, connections) in enumerate(zip(self._each, shares, strict=True)):
            own = {
                "rate_rps": load.rate_rps / count if load.rate_rps else None,
                "seed": _seed_of(load.seed, number),
                "closed_connections": connections,
                "rows": generator.place_of(self._rows(number)),
                "start_in_ns": _LEAD_NS + self._reading_ns,
                "start_at_ns": start_at_ns,
                "hold": apart,
            }
            generator.send(SliceOrder.model_validate(load.model_dump() | own))
        if apart:
            self._begin_together()
        return max(
            generator.answer(Armed, _ANSWER_S).start_ns - self._offset_ns(generator)
            for generator in self._each
        )

    def _begin_together(self) -> None:
        """Once all have laid out their share: one start for all, each told by its own clock."""
        for generator in self._each:
            generator.answer(Prepared, _ANSWER_S)
        self._clocks = {each.name: read_clock(each) for each in self._each if each.apart}
        bound_ns = max(clock.bound_ns for clock in self._clocks.values())
        start_ns = time.monotonic_ns() + _LEAD_APART_NS + self._reading_ns + 4 * bound_ns
        self._starts_ns = {each.name: start_ns + self._offset_ns(each) for each in self._each}
        for generator in self._each:
            generator.send(GoOrder(start_at_ns=self._starts_ns[generator.name]))

    def _offset_ns(self, generator: Channel) -> int:
        """How far its clock is ahead of the harness's."""
        return self._clocks[generator.name].offset_ns if generator.apart else 0

    def wait_until_drained(self, within_s: float) -> None:
        for generator in self._each:
            generator.answer(Drained, within_s)

    def finish_slice(self) -> LoadReading:
        """What came of the slice, from the rows of all generators. Failure if rows and counts disagree."""
        replies, rows = [], []
        for number, generator in enumerate(self._each):
            reply = generator.answer(SliceReply, _ANSWER_S)
            generator.fetch(self._rows(number))
            own = self._read_rows(generator.name, number)
            _require_whole(generator.name, reply, own)
            if generator.apart:
                self._note_start(generator.name, reply, own)
            replies.append(_by_our_clock(reply, self._offset_ns(generator)))
            rows.append(own)
        by_cpu: Counter[tuple[int, ...] | str] = Counter()
        for generator, reply in zip(self._each, replies, strict=True):
            by_cpu[generator.cpus or generator.name] += reply.generator_cpu_ns
        busiest_ns = max(by_cpu.values())
        if len(replies) == 1:
            return LoadReading(replies[0], rows[0], busiest_ns, self._clocks)
        columns = merge_rows(rows)
        return LoadReading(merge_replies(replies, columns), columns, busiest_ns, self._clocks)

    def _note_start(self, name: str, reply: SliceReply, rows: Columns) -> None:
        """Keep how much later than the common start a generator began."""
        begun_ns = reply.started_ns
        sent_ns = rows["sent_ns"][rows["sent_ns"] >= 0]
        if self._closed and len(sent_ns):
            begun_ns += int(sent_ns.min())
        late_ns = begun_ns - self._starts_ns[name]
        self._clocks[name] = self._clocks[name].model_copy(update={"late_ns": late_ns})

    def forget(self, label: str) -> None:
        """Have every generator close its connections to an arm. Failure if one does not answer."""
        self._all([ForgetOrder(arm=label)] * len(self._each), Reply)

    def _rows(self, number: int) -> Path:
        return self._scratch / f"rows{number}.npz"

    def _read_rows(self, name: str, number: int) -> dict[str, npt.NDArray[np.int64]]:
        """The rows that a generator wrote. Failure if what it wrote is no file of rows, or a part of one."""
        path = self._rows(number)
        try:
            with path.open("rb") as file, np.load(file) as rows:
                columns = {each: np.asarray(rows[each], dtype=np.int64) for each in rows.files}
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            raise Failure(
                f"the rows of {name} are cut off or damaged ({error}). The run is marked as not complete: "
                "run it again",
                ExitCode.INVALID,
            ) from None
        path.unlink()
        return columns

    def _all(self, orders: Sequence[Order], expected: type[_M]) -> list[_M]:
        """Send one order to each generator at the same time; return the answers of all."""
        for generator, own in zip(self._each, orders, strict=True):
            generator.send(own)
        return [generator.answer(expected, _ANSWER_S) for generator in self._each]


def _require_whole(name: str, reply: SliceReply, rows: Columns) -> None:
    """Failure unless the rows of a generator are those that it counted."""
    counted, outcomes = len(rows["due_ns"]), count_outcomes(cast(dict[str, npt.NDArray[np.int64]], rows))
    if (counted, outcomes) != (reply.scheduled, reply.outcomes):
        raise Failure(
            f"{name} counted {reply.scheduled} requests and gave {counted} rows, or other outcomes than it "
            "counted: rows were lost on the way. The run is marked as not complete: run it again",
            ExitCode.INVALID,
        )


def _by_our_clock(reply: SliceReply, offset_ns: int) -> SliceReply:
    """The reply, its two moments by the harness's clock."""
    moments = {"started_ns": reply.started_ns - offset_ns, "drained_ns": reply.drained_ns - offset_ns}
    return reply.model_copy(update=moments)


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
