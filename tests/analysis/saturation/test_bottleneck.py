from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.saturation.bottleneck import bottleneck, busy_in
from authbench.contracts.records import SliceRecord
from tests.analysis.saturation.made_trials import PLACEMENT, trial

WINDOW_NS = 5_000_000_000


def _record(
    app: float, store: float = 0.1, load: float = 0.2, others: tuple[float, float] = (0, 0)
) -> SliceRecord:
    """A slice in which the parts were busy for these shares; `others`: what else ran on processor 0 and 1."""
    busy = (load + store + others[0], app + others[1])
    changes: dict[str, Any] = {
        "app_cpu_ns": round(app * WINDOW_NS),
        "store_cpu_ns": round(store * WINDOW_NS),
        "generator_cpu_ns": round(load * WINDOW_NS),
        "busy_ns": {cpu: round(share * WINDOW_NS) for cpu, share in enumerate(busy)},
    }
    return trial(1000, **changes).record


@pytest.mark.parametrize(
    ("record", "what", "action"),
    [
        (_record(0.98), "application core", "a process on another core"),
        (_record(0.5, store=0.95, load=0.03), "store", "shards"),
        (_record(0.7, load=0.85), "generator", "more processors"),
        (_record(0.99, load=0.85), "generator", "more processors"),
        (_record(0.7, store=0.4, load=0.55), "generator's processor", "more processors"),
        (_record(0.6, others=(0, 0.38)), "other processes", "close what else"),
        (_record(0.6), "not identified", "a pool of connections"),
    ],
)
def test_what_was_full_is_named_with_what_to_do(record: SliceRecord, what: str, action: str) -> None:
    found = bottleneck([record], PLACEMENT, generators=1)
    assert found.what == what
    assert action in found.next_action
    assert found.is_the_bench == (what in ("generator", "generator's processor", "other processes"))


def test_more_generators_are_advised_where_there_are_processors_for_them() -> None:
    wide = PLACEMENT.model_copy(update={"generator": [0, 2, 3], "store": [4]})
    assert (
        bottleneck([_record(0.7, load=0.85)], wide, generators=1).next_action == "search with --generators 3"
    )


def test_without_a_trial_above_the_bound_nothing_is_named() -> None:
    found = bottleneck([], PLACEMENT, generators=1)
    assert (found.what, found.busy) == ("not identified", None)


@given(*[st.floats(0.01, 1.0)] * 3)
def test_what_is_named_is_full_and_shares_are_those_measured(app: float, store: float, load: float) -> None:
    record = _record(app, store, load)
    busy = busy_in([record, record], PLACEMENT, workers=1)
    assert busy is not None
    assert (busy.application, busy.store, busy.generator) == pytest.approx((app, store, load), abs=1e-6)
    named = {
        "application core": app,
        "store": store,
        "generator's processor": store + load,
        "generator": load,
    }
    what = bottleneck([record], PLACEMENT, generators=1).what
    assert named.get(what, 1.0) >= (0.79 if what == "generator" else 0.89)
    if what == "not identified":
        assert max(app, store, store + load) < 0.91


def test_two_processes_fill_two_cores() -> None:
    placement = PLACEMENT.model_copy(update={"app": [1, 2]})
    full = [_record(1.96)]
    busy = busy_in(full, placement, workers=2)
    assert busy is not None
    assert busy.application == pytest.approx(0.98)
    found = bottleneck(full, placement, 1, workers=2)
    assert found.what == "application core"
    assert "the rate is that of 2 cores" in found.next_action
    half = bottleneck([_record(0.98)], placement, 1, workers=2)
    assert half.what == "not identified"
