"""A run as tables: one row per valid slice, one row per request. Reads, never judges."""

import functools
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.data.disturbance import is_disturbed
from analysis.data.rows import RequestRows, RowsBuilder, SliceKey, times_ms
from analysis.records.summary import Metric
from authbench.contracts.card import Operation
from authbench.contracts.failure import Failure
from authbench.contracts.records import JudgedSlice, Manifest, Outcome, SliceRecord
from authbench.contracts.run_directory import (
    SAMPLES,
    read_manifest,
    read_samples,
    read_slices,
    samples_files,
    samples_name,
    slices_file,
)

CycleKey = tuple[int, int]
"""Generation and cycle, each counted from 0."""

TimesByCycle = dict[CycleKey, npt.NDArray[np.float64]]
"""Milliseconds of the requests of an arm's slice in each cycle."""

Since = Literal["sent_ns", "due_ns"]
"""From when a time counts: sent, service time; due, response time."""


_PLACE_COLUMNS = ["generation", "cycle", "position", "arm"]


@dataclass(frozen=True)
class RunData:
    """What a run left behind, as far as it can be read."""

    path: Path
    manifest: Manifest
    records: list[JudgedSlice]
    """Every recorded slice, void, ladder's and saturated ones included, in the order measured; none of an
    abandoned generation."""
    lines: int
    """Recorded slices on disk, those of abandoned generations included."""
    slices: pd.DataFrame
    """One row per valid slice of `main`, see `slice_table`."""
    rows: RequestRows
    """The requests of those slices."""
    own_rows: RequestRows
    """The requests of the cycles at the own rate: those of the control, and of the arms that need them."""
    ladder_rows: RequestRows
    """The same for the slices of other rates, as far as their rows were kept."""
    with_store: Collection[str]
    """Arms that sent their store a command: a scheme may have a store that a workload never asks."""
    damage: tuple[str, ...] = ()
    """What could not be read, in words."""
    at_own_rate: bool = False
    """Whether this is a run's `own_block` instead of the run."""
    _service: dict[str, TimesByCycle] = field(default_factory=dict, init=False)
    """Service times of the users' requests, of the arms asked for so far."""
    _of_cycles: dict[frozenset[CycleKey], pd.DataFrame] = field(default_factory=dict, init=False)
    """Tables of some cycles alone, of those asked for so far."""

    @property
    def main(self) -> list[JudgedSlice]:
        """Recorded slices that figures rest on, void ones included: each arm's at the rate it is measured at.

        That is the offered rate, and for an arm that cannot carry it, its own. The slices in which the
        control was measured at that rate as well are in `own_block`.
        """
        return _at_main_rates(self.records, self.manifest, at_own_rate=self.at_own_rate)

    @functools.cached_property
    def own_block(self) -> Self:
        """The same run as if it had nothing but the cycles at the own rate, control included."""
        records = _at_main_rates(self.records, self.manifest, at_own_rate=True)
        slices = slice_table(records, self.manifest.own_block, self.may_store)
        return replace(self, slices=slices, rows=self.own_rows, at_own_rate=True)

    def side_by_side(self, a: str, b: str) -> "RunData | str":
        """The run, or its block at the own rate, in which both arms were measured; or why in neither.

        An arm with a rate of its own is compared with the control at that rate, and with no other: CPU per
        request depends on the rate.
        """
        own = [arm for arm in (a, b) if arm in self.manifest.own_arms]
        if not own:
            return self
        if self.manifest.experiment.control in (a, b):
            return self.own_block
        rate = self.manifest.rate.own_rps if self.manifest.rate else None
        return f"{own[0]} was measured at its own rate of {rate:.0f} requests/s: never compared across rates"

    @property
    def saturated(self) -> list[JudgedSlice]:
        """Recorded saturated slices, void ones included: throughput rests on them, and nothing else does."""
        return [judged for judged in self.records if judged.measured.purpose == "saturated"]

    @functools.cached_property
    def saturated_slices(self) -> pd.DataFrame:
        """One row per valid saturated slice, see `slice_table`; its cycles have numbers of their own."""
        return slice_table(self.saturated, self.arms, self.may_store)

    @property
    def may_store(self) -> Collection[str]:
        """Arms whose total CPU is not known without that of a store: those that sent one a command, and all
        of a service that is not ours, which may have a store that nobody counts.
        """
        return self.arms if self.manifest.service else self.with_store

    @property
    def whole(self) -> bool:
        """Whether the run was completed and all of it can be read. If not, it has no figures."""
        return self.manifest.status == "complete" and not self.damage

    @property
    def gone(self) -> list[str]:
        """Files with raw rows of a complete run that are no longer there, by their path in the run."""
        if self.manifest.status != "complete":
            return []
        if not slices_file(self.path).is_file():
            return [slices_file(self.path).name]
        try:
            there = samples_files(self.path)
        except Failure:  # which is damage, and told
            return []
        measured = [*self.valid, *(self.own_block.valid if self.manifest.own_arms else [])]
        cycles = {(record.generation, record.cycle) for record in measured}
        return [f"{SAMPLES}/{samples_name(*cycle)}" for cycle in sorted(cycles - there.keys())]

    @functools.cached_property
    def valid(self) -> list[SliceRecord]:
        """Valid slices of `main`, in the order measured."""
        return [judged.measured for judged in self.main if not judged.void_because]

    def valid_of(self, arm: str) -> list[SliceRecord]:
        return [record for record in self.valid if record.arm == arm]

    def by_slice(self, arm: str, metric: str) -> "pd.Series[float]":
        """An arm's figure in each valid slice that has it, indexed by (generation, cycle)."""
        return _by_slice(self.slices, arm, metric)

    def by_saturated_slice(self, arm: str, metric: str) -> "pd.Series[float]":
        """An arm's figure in each valid saturated slice that has it, indexed as `by_slice`."""
        return _by_slice(self.saturated_slices, arm, metric)

    @functools.cached_property
    def whole_cycle_keys(self) -> frozenset[CycleKey]:
        """Cycles in which every arm has one valid slice."""
        whole = self.slices[self.slices["whole_cycle"]]
        return frozenset(zip(whole["generation"].tolist(), whole["cycle"].tolist(), strict=True))

    @functools.cached_property
    def disturbed_slices(self) -> frozenset[SliceKey]:
        """Valid slices in which the generator was late, or the host stole from its processors."""
        loop = self.manifest.workload.loop
        keys = [(SliceKey(one.generation, one.cycle, one.arm, one.position), one) for one in self.valid]
        return frozenset(key for key, record in keys if is_disturbed(record, self.rows.columns_of(key), loop))

    @functools.cached_property
    def clean_cycles(self) -> frozenset[CycleKey] | None:
        """Whole cycles without a disturbed slice of any arm; None: all are."""
        disturbed = {(key.generation, key.cycle) for key in self.disturbed_slices}
        return self.whole_cycle_keys - disturbed if disturbed else None

    @property
    def whole_cycles(self) -> int:
        """Number of cycles in which every arm of the offered rate has one valid slice."""
        return len(self.whole_cycle_keys)

    def slices_of(self, cycles: Collection[CycleKey] | None) -> pd.DataFrame:
        """`slices` of these cycles alone; None: all of them."""
        if cycles is None:
            return self.slices
        wanted = frozenset(cycles)
        if wanted not in self._of_cycles:  # what comparisons ask again and again
            keys = zip(self.slices["generation"], self.slices["cycle"], strict=True)
            self._of_cycles[wanted] = self.slices[np.array([key in wanted for key in keys], dtype=bool)]
        return self._of_cycles[wanted]

    @functools.cached_property
    def primary_metric(self) -> Metric:
        """Total CPU per request; the application's alone where the store's process cannot be read."""
        unreadable = any(judged.measured.store_cpu_ns is None for judged in self.records)
        return "cpu_app_us" if unreadable else "cpu_total_us"

    @property
    def user_operations(self) -> list[Operation]:
        """What users ask for, of any arm; everything else is housekeeping."""
        asked = [part.operation for part in self.manifest.workload.operations]
        asked += [arm.operation for arm in self.manifest.experiment.arms if arm.operation is not None]
        return list(dict.fromkeys(asked))

    @property
    def arms(self) -> list[str]:
        return [arm.label for arm in self.manifest.experiment.arms]

    def times_by_cycle(
        self, arm: str, since: Since = "sent_ns", operations: Iterable[Operation] | None = None
    ) -> TimesByCycle:
        """Milliseconds of each of an arm's slices: service times since sent, response times since due.

        Of the users' requests, or of these operations alone. +infinity: no usable reply.
        """
        if since == "sent_ns" and operations is None:  # what comparisons ask again and again
            if arm not in self._service:
                self._service[arm] = self._times(arm, since, self.user_operations)
            return self._service[arm]
        return self._times(arm, since, self.user_operations if operations is None else operations)

    def _times(self, arm: str, since: Since, operations: Iterable[Operation]) -> TimesByCycle:
        codes = [operation.code for operation in operations]
        found = {}
        for key, where in self.rows.slices.items():
            if key.arm == arm:
                rows = {name: column[where] for name, column in self.rows.columns.items()}
                wanted = np.isin(rows["operation"], codes)
                times_ms = (rows["done_ns"] - rows[since])[wanted] / 1e6
                times_ms[rows["outcome"][wanted] != int(Outcome.ACCEPTED)] = np.inf
                found[key.generation, key.cycle] = times_ms
        return found

    def service_ms(self, arm: str, generation: int | None = None) -> npt.NDArray[np.float64]:
        """Service times of the users' requests in an arm's pooled slices, of one generation or all.

        +infinity: no usable reply. Housekeeping is not in them. `response_ms` gives response times likewise.
        """
        return times_ms(self._users(arm, generation), "sent_ns")

    def response_ms(self, arm: str, generation: int | None = None) -> npt.NDArray[np.float64]:
        return times_ms(self._users(arm, generation), "due_ns")

    def _users(self, arm: str, generation: int | None) -> pd.DataFrame:
        rows = self.rows.of_arm(arm, generation)
        users = rows["operation"].isin([operation.code for operation in self.user_operations]).to_numpy()
        return rows if users.all() else rows[users]

    @property
    def generations(self) -> list[int]:
        """Generations with at least one valid slice."""
        return sorted(int(g) for g in self.slices["generation"].unique())


class CpuPerRequest(NamedTuple):
    """CPU microseconds per user request of one slice; NaN where it cannot be known."""

    total: float
    app: float
    store: float
    password: float


def cpu_us_per_request(record: SliceRecord, has_store: bool) -> CpuPerRequest:
    """CPU microseconds per user request served, the hashing of passwords apart.

    All are NaN where the server's processes are not known. The store's is NaN if its process could not be
    read. Then the total is the application's for an arm without a store and unknown for one with.
    """
    if record.served == 0 or record.app_cpu_ns is None:
        return CpuPerRequest(math.nan, math.nan, math.nan, math.nan)
    app = (record.app_cpu_ns - record.password_cpu_ns) / 1000 / record.served
    password = record.password_cpu_ns / 1000 / record.served
    if record.store_cpu_ns is None:
        return CpuPerRequest(math.nan if has_store else app, app, math.nan, password)
    store = record.store_cpu_ns / 1000 / record.served
    return CpuPerRequest(app + store, app, store, password)


def _at_main_rates(
    records: Iterable[JudgedSlice], manifest: Manifest, *, at_own_rate: bool
) -> list[JudgedSlice]:
    """Slices at the offered rate, and those of the arms with a rate of their own; or all at that rate."""
    own = manifest.own_block if at_own_rate else manifest.own_arms
    chosen = []
    for judged in records:
        record = judged.measured
        main = record.purpose == "main" and not at_own_rate
        if main or (record.purpose == "own-rate" and record.arm in own):
            chosen.append(judged)
    return chosen


def requests_per_second(record: SliceRecord) -> float:
    """User requests completed in a slice by the seconds of its window; NaN without a window.

    The drain is in both. In a saturated slice the requests that wait when the load ends keep the server busy
    until the last reply.
    """
    return record.user_completed * 1e9 / record.window_ns if record.window_ns > 0 else math.nan


def slice_table(records: Iterable[JudgedSlice], arms: list[str], with_store: Collection[str]) -> pd.DataFrame:
    """One row for each of these slices that is valid.

    `whole_cycle`: whether each of `arms`, and no other arm, has exactly one in that cycle.
    """
    rows = []
    for judged in records:
        record = judged.measured
        if judged.void_because:
            continue
        place = [getattr(record, name) for name in _PLACE_COLUMNS]
        cpu = cpu_us_per_request(record, record.arm in with_store)
        rows.append([*place, *cpu, requests_per_second(record), tuple(judged.tags)])
    cpu_columns = (f"cpu_{part}_us" for part in CpuPerRequest._fields)
    columns = [*_PLACE_COLUMNS, *cpu_columns, "throughput_rps", "tags"]
    table = pd.DataFrame(rows, columns=columns)
    cycles = table.groupby(["generation", "cycle"])["arm"]
    whole_cycles = {key for key, labels in cycles if sorted(labels) == sorted(arms)}
    whole = [key in whole_cycles for key in zip(table["generation"], table["cycle"], strict=True)]
    table["whole_cycle"] = np.array(whole, dtype=bool)  # of no rows too: an empty list would select columns
    return table


def _by_slice(slices: pd.DataFrame, arm: str, metric: str) -> "pd.Series[float]":
    own = slices.loc[slices["arm"] == arm, ["generation", "cycle", metric]]
    return own.set_index(["generation", "cycle"])[metric].astype(float).dropna()


def cycle_values(slices: pd.DataFrame, metric: str, a: str, b: str) -> pd.DataFrame:
    """The two arms' figures of every whole cycle, indexed by (generation, cycle), columns 'a' and 'b'.

    Cycles in which either figure is not a positive number are left out: nothing was completed, or the
    process could not be read. The caller counts them against the whole cycles.
    """
    whole = slices[slices["whole_cycle"]]
    columns = {
        name: whole[whole["arm"] == arm].set_index(["generation", "cycle"])[metric].astype(float)
        for name, arm in (("a", a), ("b", b))
    }
    both = pd.DataFrame(columns).sort_index()
    return both[(both > 0).all(axis=1)]


def by_generation(values: "pd.Series[float]") -> dict[int, npt.NDArray[np.float64]]:
    """A series indexed by (generation, cycle) as generation -> array, for `analysis.statistics.intervals`."""
    return {
        int(str(generation)): np.asarray(group, dtype=np.float64)
        for generation, group in values.groupby(level="generation")
    }


class _Pairs(NamedTuple):
    """Two arms' figures of the cycles in which both are positive numbers, in the order of the cycles."""

    generations: npt.NDArray[np.int64]
    a: npt.NDArray[np.float64]
    b: npt.NDArray[np.float64]

    def split(self, values: npt.NDArray[np.float64]) -> dict[int, npt.NDArray[np.float64]]:
        """One value of each cycle as generation -> array, for `analysis.statistics.intervals`."""
        if not len(values):
            return {}
        edges = np.flatnonzero(np.diff(self.generations)) + 1
        numbers = self.generations[[0, *edges]].tolist()
        return dict(zip(numbers, np.split(values, edges), strict=True))


def _pairs(slices: pd.DataFrame, metric: str, a: str, b: str) -> _Pairs:
    """What `cycle_values` gives, as arrays: a run of many arms has a thousand pairs, and each table takes
    milliseconds.
    """
    whole, arms = slices["whole_cycle"].to_numpy(dtype=bool), slices["arm"].to_numpy()
    cycles = (slices["generation"].to_numpy(dtype=np.int64) << 32) + slices["cycle"].to_numpy(dtype=np.int64)
    figures = slices[metric].to_numpy(dtype=np.float64)
    own_a, own_b = (np.flatnonzero(whole & (arms == arm)) for arm in (a, b))
    both, at_a, at_b = np.intersect1d(cycles[own_a], cycles[own_b], assume_unique=True, return_indices=True)
    of_a, of_b = figures[own_a[at_a]], figures[own_b[at_b]]
    kept = (of_a > 0) & (of_b > 0)
    return _Pairs(both[kept] >> 32, of_a[kept], of_b[kept])


def log_ratios(slices: pd.DataFrame, metric: str, a: str, b: str) -> dict[int, npt.NDArray[np.float64]]:
    """By generation: ln(a / b) of each of its whole cycles: what a comparison of two arms rests on."""
    pairs = _pairs(slices, metric, a, b)
    return pairs.split(np.log(pairs.a / pairs.b))


def differences(slices: pd.DataFrame, metric: str, a: str, b: str) -> dict[int, npt.NDArray[np.float64]]:
    """By generation: a - b of each of its whole cycles, in the metric's unit."""
    pairs = _pairs(slices, metric, a, b)
    return pairs.split(pairs.a - pairs.b)


class _Rows(NamedTuple):
    """Requests by the rate they were measured at; a cycle has one rate."""

    main: RequestRows
    """Of the offered rate, and of the arms with a rate of their own."""
    own: RequestRows
    """Of the own rate: of those arms again, and of the control."""
    ladder: RequestRows


def _load_rows(
    path: Path | None, manifest: Manifest, records: Iterable[JudgedSlice], damage: list[str]
) -> _Rows:
    """Read the rows of every samples file. Without a path: no rows."""
    purposes: dict[tuple[int, int], set[str]] = {}
    for judged in records:
        key = judged.measured.generation, judged.measured.cycle
        purposes.setdefault(key, set()).add(judged.measured.purpose)
    arms = [arm.label for arm in manifest.experiment.arms]
    main, own, ladder = RowsBuilder(arms), RowsBuilder(arms), RowsBuilder(arms)
    needing = pa.array(manifest.own_arms, type=pa.string())
    try:
        files = samples_files(path) if path else {}
    except Failure as failure:
        files = {}
        damage.append(str(failure))
    for (generation, cycle), file in files.items():
        if generation in manifest.abandoned_generations:
            continue
        purpose = purposes.get((generation, cycle))
        builder = ladder if purpose == {"ladder"} else own if purpose == {"own-rate"} else main
        try:
            table = read_samples(file)
            builder.add(generation, cycle, table)
            if builder is own:
                main.add(generation, cycle, table.filter(pc.is_in(table.column("arm"), needing)))
        except Failure as failure:
            damage.append(f"{file.name} cannot be used: {failure}")
    return _Rows(main.build(), own.build(), ladder.build())


def load_run(path: Path, *, with_requests: bool = True) -> RunData:
    """Read a run's directory. Damage is recorded in the result, so that a rule can judge it.

    Failure only if the manifest itself cannot be read.
    """
    manifest = read_manifest(path)
    damage: list[str] = []
    recorded: list[JudgedSlice] = []
    try:
        recorded = read_slices(path)
    except Failure as failure:
        damage.append(str(failure))
    abandoned = set(manifest.abandoned_generations)
    records = [judged for judged in recorded if judged.measured.generation not in abandoned]
    rows = _load_rows(path if with_requests else None, manifest, records, damage)
    figures = _at_main_rates(records, manifest, at_own_rate=False)
    with_store = {judged.measured.arm for judged in records if judged.measured.store_commands}
    every = {arm.label for arm in manifest.experiment.arms}
    return RunData(
        path=path,
        manifest=manifest,
        records=records,
        lines=len(recorded),
        slices=slice_table(figures, manifest.main_arms, every if manifest.service else with_store),
        rows=rows.main,
        own_rows=rows.own,
        ladder_rows=rows.ladder,
        with_store=with_store,
        damage=tuple(damage),
    )
