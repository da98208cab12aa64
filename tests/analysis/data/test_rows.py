from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.data.rows import RowsBuilder, SliceKey, times_ms
from analysis.data.run import load_run
from authbench.contracts.card import Operation
from authbench.contracts.failure import Failure
from authbench.contracts.records import SAMPLE_COLUMNS, Outcome
from tests.analysis.build_run import ARMS, Columns, MiniRun, columns

READ = Operation.READ.code


def _table(parts: Sequence[tuple[str, int, Columns]]) -> pa.Table:
    """A samples file's content, as the harness writes it."""
    rows: dict[str, list[Any]] = {name: [] for name in SAMPLE_COLUMNS}
    for arm, position, numbers in parts:
        count = len(numbers["due_ns"])
        rows["arm"] += [arm] * count
        rows["position"] += [position] * count
        for name, values in numbers.items():
            rows[name] += values.tolist()
    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in SAMPLE_COLUMNS.items()])
    return pa.table(rows, schema=schema)


@given(st.lists(st.permutations([("a", 0), ("b", 3), ("c", 5)]), min_size=1, max_size=5), st.data())
def test_every_row_is_found_again_whole_by_arm_by_generation_and_by_slice(
    cycles: list[list[tuple[str, int]]], data: st.DataObject
) -> None:
    builder = RowsBuilder(["c", "b", "a"])
    written: dict[SliceKey, Columns] = {}
    for number, order in enumerate(cycles):
        generation, cycle = divmod(number, 2)
        parts = []
        for position, (arm, count) in enumerate(order):
            numbers = columns(count, 1.0, np.random.default_rng(data.draw(st.integers(0, 99))))
            parts.append((arm, position, numbers))
            if count:
                written[SliceKey(generation, cycle, arm, position)] = numbers
        builder.add(generation, cycle, _table(parts))
    rows = builder.build()
    assert set(rows.slices) == set(written)
    assert len(rows.table) == 8 * len(cycles)
    for key, numbers in written.items():
        found = rows.columns_of(key)
        assert all((found[name] == numbers[name]).all() for name in numbers)
        assert {name: column.dtype for name, column in found.items()} == dict.fromkeys(numbers, np.int64)
    for arm, count in (("a", 0), ("b", 3), ("c", 5), ("nobody", 0)):
        whole = rows.of_arm(arm)
        assert len(whole) == count * len(cycles)
        assert set(whole["arm"]) <= {arm}
        parts_of = [rows.of_arm(arm, generation) for generation in range(3)]
        assert [len(part) for part in parts_of] == [(whole["generation"] == g).sum() for g in range(3)]
        assert all(set(part["generation"]) <= {g} for g, part in enumerate(parts_of))
    assert {key: sum(counts.values()) for key, counts in rows.outcomes()} == {
        key: len(numbers["due_ns"]) for key, numbers in written.items()
    }


def test_no_rows_at_all_are_an_empty_table_with_its_columns() -> None:
    rows = RowsBuilder(["a"]).build()
    assert len(rows.table) == 0
    assert set(rows.table.columns) == {"generation", "cycle", *SAMPLE_COLUMNS}
    assert len(rows.of_arm("a", 0)) == 0
    assert len(rows.columns_of(SliceKey(0, 0, "a", 0))["due_ns"]) == 0


def test_times_run_from_when_it_was_due_or_sent_and_are_infinite_without_a_usable_reply() -> None:
    numbers = columns(4, 1.0, np.random.default_rng(1))
    numbers["sent_ns"][:] = numbers["due_ns"] + 500_000
    numbers["done_ns"][:] = numbers["sent_ns"] + 2_000_000
    numbers["outcome"][1:3] = Outcome.REFUSED, Outcome.UNSENT
    numbers["sent_ns"][2] = numbers["done_ns"][2] = -1
    builder = RowsBuilder(["a"])
    builder.add(0, 0, _table([("a", 0, numbers)]))
    table = builder.build().table
    assert times_ms(table, "sent_ns").tolist() == [2.0, np.inf, np.inf, 2.0]
    assert times_ms(table, "due_ns").tolist() == [2.5, np.inf, np.inf, 2.5]


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("due_ns", -1, "due before its slice began"),
        ("sent_ns", -2, "a time below -1"),
        ("done_ns", -7, "a time below -1"),
        ("sent_ns", -1, "never sent"),
        ("done_ns", 5, "earlier than its request"),
        ("done_ns", -1, "without a reply"),
        ("bytes_in", -1, "a negative number"),
        ("status", -200, "a negative number"),
        ("outcome", 10, "an outcome that does not exist"),
        ("operation", 99, "an operation that does not exist"),
        ("operation", -1, "an operation that does not exist"),
    ],
)
def test_a_row_no_generator_writes_is_refused_by_its_number(column: str, value: int, what: str) -> None:
    numbers = columns(5, 1.0, np.random.default_rng(1))
    numbers[column][3] = value
    builder = RowsBuilder(["a"])
    with pytest.raises(Failure, match=f"row 3 has .*{what}"):
        builder.add(0, 0, _table([("a", 0, numbers)]))
    assert len(builder.build().table) == 0


def test_rows_of_an_arm_that_does_not_exist_are_refused() -> None:
    with pytest.raises(Failure, match="an arm 'b', which this experiment does not have"):
        RowsBuilder(["a"]).add(0, 0, _table([("b", 0, columns(2, 1.0, np.random.default_rng(1)))]))


def test_rows_of_a_slice_in_two_places_are_refused() -> None:
    part = columns(2, 1.0, np.random.default_rng(1))
    with pytest.raises(Failure, match="the rows of a are not in one place"):
        RowsBuilder(["a", "b"]).add(0, 0, _table([("a", 0, part), ("b", 1, part), ("a", 0, part)]))


def test_an_arm_a_generation_and_a_slice_are_views(tmp_path: Path) -> None:
    rows = load_run(MiniRun().write(tmp_path)).rows
    for found in (rows.of_arm(ARMS[1]), rows.of_arm(ARMS[2], 1)):
        assert np.shares_memory(found["done_ns"].to_numpy(), rows.columns["done_ns"])
    key = next(iter(rows.slices))
    assert np.shares_memory(rows.columns_of(key)["sent_ns"], rows.columns["sent_ns"])
