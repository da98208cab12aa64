"""Readings and rows changed on disk, in a copy of the clean run."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from authbench.contracts.card import Operation
from authbench.contracts.failure import Failure
from authbench.contracts.records import EngineClock, SliceRecord
from selftest.fault import Fault
from selftest.laboratory import Laboratory
from selftest.objection import Objection, Strength
from selftest.recording import Recording

_SESSION, _TWIN, _TOKEN = "session-redis", "session-redis (twin)", "jwt-hs256"


def recorded(rule: str, what: str, change: Callable[[Recording], None], strength: Strength) -> Fault:
    """A fault on disk. A directory that is not even read is refused by one line, and counts as V23's."""

    def inject(laboratory: Laboratory) -> set[Objection]:
        try:
            return laboratory.spoilt(change)
        except Failure:
            return {Objection("V23", "not read")}

    return Fault(rule, what, "recorded", strength, inject)


def _stolen(recording: Recording) -> None:
    def steal(record: SliceRecord) -> Mapping[str, Any]:
        return {"steal": dict.fromkeys(record.steal, 0.3)}

    recording.change_slices(None, steal)
    recording.judge_again()


def _tampered_accepted(recording: Recording) -> None:
    def accept(record: SliceRecord) -> Mapping[str, Any]:
        return {"canaries": [each.model_copy(update={"status": 200}) for each in record.canaries]}

    recording.change_slices(_TOKEN, accept)


def _silent_canaries(recording: Recording) -> None:
    recording.change_slices(_TOKEN, lambda _: {"canaries": []})


def _twin_dearer(recording: Recording) -> None:
    """The twin's readings are the original's, and a tenth more."""
    original = {
        (each.measured.generation, each.measured.cycle): each.measured
        for each in recording.slices
        if each.measured.arm == _SESSION and each.measured.purpose == "main"
    }

    def dearer(record: SliceRecord) -> Mapping[str, Any]:
        own = original[record.generation, record.cycle]
        assert own.store_cpu_ns is not None
        return {
            "app_cpu_ns": round((own.app_cpu_ns or 0) * 1.1),
            "store_cpu_ns": round(own.store_cpu_ns * 1.1),
        }

    recording.change_slices(_TWIN, dearer, main=True)


def _sorted_order(recording: Recording) -> None:
    """Every cycle in the same order."""
    arms = [arm.label for arm in recording.manifest.experiment.arms]
    recording.change_slices(None, lambda record: {"position": arms.index(record.arm)})
    for judged in recording.slices:
        path = recording.samples(judged.measured.generation, judged.measured.cycle)
        recording.change_rows(path, "position", lambda table: _places(table, arms))


def _places(table: pa.Table, arms: list[str]) -> npt.NDArray[np.int64]:
    return np.array([arms.index(arm) for arm in table["arm"].to_pylist()])


def _fewer_served(recording: Recording) -> None:
    """The server worked for a tenth more requests than anybody sent it."""
    recording.change_slices(
        _SESSION, lambda record: {"server_requests": round((record.server_requests or 0) * 1.1)}
    )


def _gauge_contradicts(recording: Recording) -> None:
    """The server had three times the requests inside that rate and times allow (Little's law)."""

    def more(record: SliceRecord) -> Mapping[str, Any]:
        assert record.server_in_flight_ns is not None
        return {"server_in_flight_ns": record.server_in_flight_ns * 3 + record.window_ns}

    recording.change_slices(_SESSION, more)


def _clock_jumped(recording: Recording) -> None:
    """From the middle of a cycle on replies came five seconds after their slice was over."""

    def ahead(table: pa.Table) -> npt.NDArray[np.int64]:
        done = np.asarray(table["done_ns"].to_numpy(), dtype=np.int64)
        return np.where(np.arange(len(done)) > len(done) // 2, done + 5_000_000_000, done)

    recording.change_rows(recording.samples(), "done_ns", ahead)


def _clock_set(recording: Recording) -> None:
    recording.change_slices(_SESSION, lambda _: {"clock_step_ns": 2_000_000_000})


def _clock_unknown(recording: Recording) -> None:
    """The load came from a worker whose clock was known to a tenth of a slice."""

    def distant(record: SliceRecord) -> Mapping[str, Any]:
        bound_ns = round(record.duration_s * 1e8)
        return {"clocks": {"worker far": EngineClock(offset_ns=0, bound_ns=bound_ns)}}

    recording.change_slices(_SESSION, distant)
    recording.judge_again()


def _late_start(recording: Recording) -> None:
    """One worker began a tenth of a slice after the common start."""

    def late(record: SliceRecord) -> Mapping[str, Any]:
        late_ns = round(record.duration_s * 1e8)
        return {"clocks": {"worker late": EngineClock(offset_ns=0, bound_ns=0, late_ns=late_ns)}}

    recording.change_slices(_SESSION, late)
    recording.judge_again()


def _nothing_sent(recording: Recording) -> None:
    """One slice without a single request, which agrees with itself in every count."""
    nothing = dict.fromkeys(
        ("scheduled", "sent", "completed", "accepted", "user_completed", "distinct_credentials"), 0
    )
    counts: dict[str, Any] = {
        "accepted_by_operation": {},
        "sent_by_operation": {},
        "store_commands": {},
        "probe": None,
        "server_requests": 0,
    }

    def empty(record: SliceRecord) -> Mapping[str, Any]:
        return {**nothing, **counts} if (record.generation, record.cycle) == (0, 0) else {}

    recording.change_slices(_SESSION, empty)
    recording.drop_rows(recording.samples(), lambda table: np.array(table["arm"].to_pylist()) != _SESSION)


def _another_operation(recording: Recording) -> None:
    """Half of one arm's requests were cheaper ones."""

    def mixed(record: SliceRecord) -> Mapping[str, Any]:
        half = record.sent // 2
        parts = {Operation.READ.value: record.sent - half, Operation.PUBLIC.value: half}
        return {"sent_by_operation": parts, "accepted_by_operation": parts}

    recording.change_slices(_TOKEN, mixed)


FAULTS = (
    recorded("V10", "30 % of every processor stolen", _stolen, "mark"),
    recorded("V12", "bad credentials were accepted", _tampered_accepted, "void-run"),
    recorded("V12", "no bad credential was ever tried", _silent_canaries, "void-run"),
    recorded("V14", "one arm got cheaper requests", _another_operation, "void-run"),
    recorded("V21", "one twin costs a tenth more", _twin_dearer, "void-run"),
    recorded("V22", "every cycle in the same order", _sorted_order, "refuse-figure"),
    recorded("V01", "a slice without a single request", _nothing_sent, "void-run"),
    recorded("V01", "the server counted a tenth more requests", _fewer_served, "void-run"),
    recorded("V27", "the server's gauge contradicts rate x time", _gauge_contradicts, "refuse-figure"),
    recorded("V34", "the clock jumped ahead in a cycle", _clock_jumped, "void-run"),
    recorded("V34", "the wall clock was set by two seconds", _clock_set, "tag"),
    recorded("V43", "a worker's clock was known to a tenth of a slice", _clock_unknown, "void-slice"),
    recorded("V43", "a worker began a tenth of a slice late", _late_start, "void-slice"),
)
