"""A run as tables: one row per valid slice, one row per request. Reads, never judges."""

import math
from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from authbench.card import Operation
from authbench.failure import Failure
from authbench.records import SAMPLE_COLUMNS, JudgedSlice, Manifest, Outcome, SliceRecord
from authbench.run_directory import read_manifest, read_samples, read_slices, samples_files

CPU_METRICS = ("cpu_total_us", "cpu_app_us", "cpu_store_us")
"""CPU microseconds per user request: both processes, the application, the store. Hashing passwords is not in
them: it costs the same behind every scheme, and `cpu_password_us` has it. Housekeeping is."""

_RECORD_COLUMNS = [
    "generation",
    "cycle",
    "position",
    "arm",
    "scheduled",
    "sent",
    "completed",
    "accepted",
    "user_completed",
    "store_bytes_in",
    "store_bytes_out",
    "longest_silence_ns",
]
_REQUEST_COLUMNS = ["generation", "cycle", *SAMPLE_COLUMNS, "response_ms", "service_ms", "lateness_ms"]


@dataclass(frozen=True)
class RunData:
    """What a run left behind, as far as it can be read."""

    path: Path
    manifest: Manifest
    records: list[JudgedSlice]
    """Every recorded slice, void ones and the ladder's included, in the order measured; none of an abandoned
    generation."""
    lines: int
    """Recorded slices on disk, those of abandoned generations included."""
    slices: pd.DataFrame
    """One row per valid slice of the main rate, see `slice_table`."""
    requests: pd.DataFrame
    """One row per request of those slices: generation, cycle, `SAMPLE_COLUMNS`, response_ms, service_ms
    (both +infinity unless accepted), lateness_ms (NaN if never sent)."""
    ladder_requests: pd.DataFrame
    """The same for the slices of other rates, as far as their rows were kept."""
    damage: tuple[str, ...] = ()
    """What could not be read, in words."""

    @property
    def main(self) -> list[JudgedSlice]:
        """Recorded slices of the main rate, void ones included: what is compared rests on them."""
        return [judged for judged in self.records if judged.measured.purpose == "main"]

    def asks_store(self, arm: str) -> bool:
        """Whether this workload made the arm send its store a single command."""
        return arm in arms_with_store(self.records)

    @property
    def user_operations(self) -> list[Operation]:
        """What users ask for; everything else is housekeeping."""
        return [part.operation for part in self.manifest.workload.operations]

    @property
    def arms(self) -> list[str]:
        """The arms' labels in the experiment's order."""
        return [arm.label for arm in self.manifest.experiment.arms]

    def service_ms(self, arm: str, generation: int | None = None) -> npt.NDArray[np.float64]:
        """Service times of the users' requests in an arm's pooled slices, of one generation or all.

        +infinity: no usable reply. Housekeeping is not in them.
        """
        return self._times("service_ms", arm, generation)

    def response_ms(self, arm: str, generation: int | None = None) -> npt.NDArray[np.float64]:
        """Response times, in the same way."""
        return self._times("response_ms", arm, generation)

    def _times(self, column: str, arm: str, generation: int | None) -> npt.NDArray[np.float64]:
        codes = [operation.code for operation in self.user_operations]
        chosen = (self.requests["arm"] == arm) & self.requests["operation"].isin(codes)
        if generation is not None:
            chosen &= self.requests["generation"] == generation
        return self.requests.loc[chosen, column].to_numpy(dtype=float)

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
    """CPU microseconds per completed user request, the hashing of passwords apart.

    The store's is NaN if its process could not be read. Then the total is the application's for an arm
    without a store and unknown for one with.
    """
    if record.user_completed == 0:
        return CpuPerRequest(math.nan, math.nan, math.nan, math.nan)
    app = (record.app_cpu_ns - record.password_cpu_ns) / 1000 / record.user_completed
    password = record.password_cpu_ns / 1000 / record.user_completed
    if record.store_cpu_ns is None:
        return CpuPerRequest(math.nan if has_store else app, app, math.nan, password)
    store = record.store_cpu_ns / 1000 / record.user_completed
    return CpuPerRequest(app + store, app, store, password)


def arms_with_store(records: Iterable[JudgedSlice]) -> set[str]:
    """Arms that sent their store a command: a scheme may have a store that a workload never asks."""
    return {judged.measured.arm for judged in records if judged.measured.store_commands}


def slice_table(records: Iterable[JudgedSlice], arms: list[str], with_store: set[str]) -> pd.DataFrame:
    """One row per valid slice of the main rate.

    `whole_cycle`: whether every arm has exactly one in that cycle.
    """
    rows = []
    for judged in records:
        record = judged.measured
        if judged.void_because or record.purpose != "main":
            continue
        cpu = cpu_us_per_request(record, record.arm in with_store)
        rows.append(
            {name: getattr(record, name) for name in _RECORD_COLUMNS}
            | {f"cpu_{part}_us": value for part, value in cpu._asdict().items()}
            | {"tags": tuple(judged.tags)}
        )
    columns = [*_RECORD_COLUMNS, *(f"cpu_{part}_us" for part in CpuPerRequest._fields), "tags"]
    table = pd.DataFrame(rows, columns=columns)
    counts = {
        key: sorted(group["arm"]) == sorted(arms) for key, group in table.groupby(["generation", "cycle"])
    }
    whole = [counts[key] for key in zip(table["generation"], table["cycle"], strict=True)]
    table["whole_cycle"] = np.array(whole, dtype=bool)  # of no rows too: an empty list would select columns
    return table


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
    """A series indexed by (generation, cycle) as generation -> array, for `analysis.statistics`."""
    return {
        int(str(generation)): np.asarray(group, dtype=np.float64)
        for generation, group in values.groupby(level="generation")
    }


def log_ratios(slices: pd.DataFrame, metric: str, a: str, b: str) -> dict[int, npt.NDArray[np.float64]]:
    """By generation: ln(a / b) of each of its whole cycles: what a comparison of two arms rests on."""
    values = cycle_values(slices, metric, a, b)
    return by_generation(pd.Series(np.log((values["a"] / values["b"]).to_numpy()), index=values.index))


def differences(slices: pd.DataFrame, metric: str, a: str, b: str) -> dict[int, npt.NDArray[np.float64]]:
    """By generation: a - b of each of its whole cycles, in the metric's unit."""
    values = cycle_values(slices, metric, a, b)
    return by_generation(values["a"] - values["b"])


def request_times(table: pd.DataFrame) -> pd.DataFrame:
    """Add response, service and lateness in ms to rows with the recorded nanoseconds.

    Everything but an accepted reply counts as +infinity: dropped, a failing server would look fast.
    """
    accepted = (table["outcome"] == int(Outcome.ACCEPTED)).to_numpy()
    sent, due, done = (table[name].to_numpy(dtype=float) for name in ("sent_ns", "due_ns", "done_ns"))
    return table.assign(
        response_ms=np.where(accepted, (done - due) / 1e6, np.inf),
        service_ms=np.where(accepted, (done - sent) / 1e6, np.inf),
        lateness_ms=np.where(sent >= 0, (sent - due) / 1e6, np.nan),
    )


def _load_requests(path: Path, abandoned: Container[int], damage: list[str]) -> pd.DataFrame:
    tables = []
    for (generation, cycle), file in samples_files(path).items():
        if generation in abandoned:
            continue
        try:
            table = read_samples(file).to_pandas()
        except Failure as failure:
            damage.append(f"{file.name} cannot be read: {failure}")
            continue
        tables.append(request_times(table).assign(generation=generation, cycle=cycle))
    if not tables:
        return pd.DataFrame(columns=_REQUEST_COLUMNS)
    return pd.concat(tables, ignore_index=True)[_REQUEST_COLUMNS]


def _of_ladder(requests: pd.DataFrame, records: Iterable[JudgedSlice]) -> pd.Series:
    """Which rows belong to a slice of another rate: no slice of the main rate has its cycle's number."""
    purposes: dict[tuple[int, int], set[str]] = {}
    for judged in records:
        key = judged.measured.generation, judged.measured.cycle
        purposes.setdefault(key, set()).add(judged.measured.purpose)
    keys = zip(requests["generation"], requests["cycle"], strict=True)
    return pd.Series([purposes.get(key) == {"ladder"} for key in keys], index=requests.index, dtype=bool)


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
    requests = pd.DataFrame(columns=_REQUEST_COLUMNS)
    if with_requests:
        requests = _load_requests(path, abandoned, damage)
    ladder = _of_ladder(requests, records)
    arms = [arm.label for arm in manifest.experiment.arms]
    with_store = arms_with_store(records)
    return RunData(
        path=path,
        manifest=manifest,
        records=records,
        lines=len(recorded),
        slices=slice_table(records, arms, with_store),
        requests=requests[~ladder].reset_index(drop=True),
        ladder_requests=requests[ladder].reset_index(drop=True),
        damage=tuple(damage),
    )
