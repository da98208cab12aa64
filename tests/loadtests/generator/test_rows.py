from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authbench.contracts.card import Operation
from authbench.contracts.records import SAMPLE_COLUMNS, Outcome
from loadtests.generator.rows import (
    Columns,
    Recorder,
    count_operations,
    count_outcomes,
    longest_silence_ns,
    save_columns,
)


def recorder(count: int) -> Recorder:
    rows = Recorder(np.arange(count, dtype=np.int64) * 10, np.full(count, Operation.LOGIN.code))
    for row in range(count):
        rows.outcome[row] = Outcome.UNSENT
    return rows


def test_columns_are_those_of_the_samples_file_in_due_order() -> None:
    rows = recorder(3)
    rows.sent_ns[1], rows.done_ns[1], rows.status[1] = 12, 19, 200
    rows.bytes_out[1], rows.bytes_in[1], rows.outcome[1] = 90, 150, Outcome.ACCEPTED
    columns = rows.columns()
    assert set(columns) | {"arm", "position"} == set(SAMPLE_COLUMNS)
    assert {name: column.tolist() for name, column in columns.items()} == {
        "due_ns": [0, 10, 20],
        "sent_ns": [-1, 12, -1],
        "done_ns": [-1, 19, -1],
        "status": [0, 200, 0],
        "bytes_out": [0, 90, 0],
        "bytes_in": [0, 150, 0],
        "outcome": [9, 0, 9],
        "operation": [2, 2, 2],
    }
    assert count_outcomes(columns) == {"ACCEPTED": 1, "UNSENT": 2}


def test_what_is_saved_is_what_is_read(tmp_path: Path) -> None:
    rows = recorder(5)
    save_columns(rows.columns(), tmp_path / "rows.npz")
    with np.load(tmp_path / "rows.npz") as saved:
        assert set(saved.files) == set(rows.columns())
        for name, column in rows.columns().items():
            assert saved[name].dtype == np.int64
            assert np.array_equal(saved[name], column)


def test_a_request_without_an_outcome_is_never_told() -> None:
    rows = Recorder(np.zeros(2, np.int64), np.zeros(2, np.int64))
    rows.outcome[0] = Outcome.ACCEPTED
    with pytest.raises(RuntimeError, match="1 requests have no outcome"):
        rows.columns()


def test_a_row_may_be_added() -> None:
    rows = recorder(1)
    assert rows.add(70, Operation.READ.code) == 1
    with pytest.raises(RuntimeError, match="1 requests have no outcome"):
        rows.columns()
    rows.outcome[1] = Outcome.ACCEPTED
    columns = rows.columns()
    assert {len(column) for column in columns.values()} == {2}
    assert [columns[name][1] for name in ("due_ns", "sent_ns", "done_ns")] == [70, -1, -1]
    assert count_operations(columns["operation"]) == {"login": 1, "read": 1}


def test_an_empty_schedule_has_empty_columns() -> None:
    columns = recorder(0).columns()
    assert all(len(column) == 0 for column in columns.values())
    assert (count_outcomes(columns), longest_silence_ns(columns)) == ({}, 0)


def columns_of(*requests: tuple[int, int, int]) -> Columns:
    """(sent, done, status) of each."""
    sent, done, status = (np.array(values, np.int64) for values in zip(*requests, strict=True))
    return {"sent_ns": sent, "done_ns": done, "status": status}


@pytest.mark.parametrize(
    ("requests", "silence"),
    [
        ([(0, 7, 200)], 7),
        ([(0, 7, 200), (100, 103, 200)], 7),  # nothing in flight between: no silence
        ([(0, 7, 200), (5, 20, 200)], 13),  # from the reply at 7 to the one at 20
        ([(0, 20, 200), (5, 7, 200)], 13),  # answered out of order
        ([(0, 10, 200), (4, 30, 0), (6, 12, 200)], 18),  # timed out at 30: silence, not a reply
        ([(0, 10, 200), (10, 15, 200)], 10),  # the second sent in the moment of the first reply
        ([(-1, -1, 0), (3, 5, 503)], 2),  # unsent is not in flight; a refusal is a reply
        ([(-1, -1, 0), (-1, 40, 0)], 0),  # no connection: nothing was in flight
    ],
)
def test_longest_silence(requests: list[tuple[int, int, int]], silence: int) -> None:
    assert longest_silence_ns(columns_of(*requests)) == silence


def silence_by_definition(requests: list[tuple[int, int, int]]) -> int:
    """Walk over every unit of time: is something in flight in it, and was a reply read at its end?"""
    longest = current = 0
    for moment in range(max(done for _, done, _ in requests)):
        if any(sent <= moment < done for sent, done, _ in requests):
            current += 1
            longest = max(longest, current)
        else:
            current = 0
        if any(done == moment + 1 and status for _, done, status in requests):
            current = 0
    return longest


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(1, 15), st.sampled_from([0, 200])).map(
            lambda drawn: (drawn[0], drawn[0] + drawn[1], drawn[2])
        ),
        min_size=1,
        max_size=12,
    )
)
def test_longest_silence_agrees_with_its_definition(requests: list[tuple[int, int, int]]) -> None:
    assert longest_silence_ns(columns_of(*requests)) == silence_by_definition(requests)
