"""Damaged and foreign input, one kind a test: each is told in words that say where. None is a traceback, and
none leaves a VALID run whose figures rest on less than it says.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.derive import derive
from analysis.records.summary import Summary
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.records import SCHEMA_VERSION, Outcome
from tests.analysis.build_run import ARMS, MiniRun

FILE = "g001-c002.parquet"


def _written(tmp_path: Path, **changes: Any) -> Path:
    return MiniRun(generations=3, **changes).write(tmp_path / "raw")


def _judged(path: Path) -> Summary:
    """Derived to its last file, and read back."""
    results = path.parent.parent
    summary = derive(path, results)
    text = (results / "derived" / summary.run_id / "summary.json").read_text()
    assert Summary.model_validate_json(text) == summary
    return summary


def _invalid(path: Path, *words: str) -> None:
    summary = _judged(path)
    assert summary.status == "INVALID"
    assert all(comparison.ratio is None for comparison in summary.comparisons)
    told = " / ".join(summary.reasons)
    assert all(word in told for word in words), told


def _rewrite(file: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(change(pq.read_table(file)), file)


@pytest.mark.parametrize("kept", [0, 3, 4, 100, -1, -9])
def test_a_truncated_samples_file_is_named(tmp_path: Path, kept: int) -> None:
    path = _written(tmp_path)
    whole = (path / "samples" / FILE).read_bytes()
    (path / "samples" / FILE).write_bytes(whole[:kept])
    _invalid(path, FILE, "damaged", "it is empty" if kept == 0 else "")


def test_a_samples_file_whose_pages_are_damaged_is_named(tmp_path: Path) -> None:
    path = _written(tmp_path)
    content = bytearray((path / "samples" / FILE).read_bytes())
    content[4:600] = bytes(596)
    (path / "samples" / FILE).write_bytes(content)
    _invalid(path, FILE)


def test_a_missing_samples_file_is_told_by_its_cycle(tmp_path: Path) -> None:
    path = _written(tmp_path)
    (path / "samples" / FILE).unlink()
    _invalid(path, "generation 1, cycle 2: its samples file is missing")


def test_a_samples_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = _written(tmp_path)
    for file in (path / "samples").iterdir():
        file.unlink()
    (path / "samples").rmdir()
    _invalid(path, "its samples file is missing")


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        ([FILE], f"samples/{FILE}"),
        (["g000-c000.parquet", FILE], "samples/g000-c000.parquet and 1 more"),
        (["../slices.jsonl"], "slices.jsonl"),
    ],
)
def test_a_summary_stays_when_raw_rows_it_was_made_of_are_gone(
    tmp_path: Path, gone: list[str], named: str
) -> None:
    path = _written(tmp_path)
    derived = tmp_path / "derived" / path.name
    assert _judged(path).status == "VALID"
    before = {file: file.read_bytes() for file in sorted(derived.rglob("*")) if file.is_file()}
    for name in gone:
        (path / "samples" / name).unlink()
    for results in (tmp_path, tmp_path / "elsewhere"):
        with pytest.raises(Failure) as failure:
            derive(path, results)
        told = str(failure.value)
        assert f"raw rows are missing ({named})" in told
        assert f"{derived / 'summary.json'} stays as it is" in told
        assert "\n" not in told
        assert failure.value.exit_code == ExitCode.INVALID
    assert {file: file.read_bytes() for file in sorted(derived.rglob("*")) if file.is_file()} == before
    assert not (tmp_path / "elsewhere").exists()


def _cut(path: Path, kept: int) -> None:
    path.write_bytes(path.read_bytes()[:kept])


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda run: _cut(run / "samples" / FILE, 0), f"{FILE}: damaged samples file (it is empty)"),
        (lambda run: _cut(run / "samples" / FILE, 90), f"{FILE}: damaged samples file"),
        (
            lambda run: _rewrite(run / "samples" / FILE, lambda table: table.drop_columns(["arm"])),
            "column arm",
        ),
        (lambda run: _rewrite(run / "samples" / FILE, lambda table: table.slice(1)), "of 40 rows are there"),
        (lambda run: (run / "samples" / "g001-c077.parquet").write_bytes(b""), "g001-c077.parquet"),
        (lambda run: _cut(run / "slices.jsonl", -9), "slices.jsonl:"),
        (lambda run: _cut(run / "slices.jsonl", 0), "0 slices are there, the manifest counted"),
        (lambda run: (run / "slices.jsonl").rename(run / "slices.jsonl.gz"), "it is no whole gzip file"),
    ],
)
def test_a_summary_stays_when_raw_data_it_was_made_of_is_damaged(
    tmp_path: Path, damage: Callable[[Path], Any], told: str
) -> None:
    path = _written(tmp_path)
    derived = tmp_path / "derived" / path.name
    assert _judged(path).status == "VALID"
    before = {file: file.read_bytes() for file in sorted(derived.rglob("*")) if file.is_file()}
    damage(path)
    with pytest.raises(Failure) as failure:
        derive(path, tmp_path)
    assert told in str(failure.value)
    assert f"{derived / 'summary.json'} stays as it is" in str(failure.value)
    assert "\n" not in str(failure.value)
    assert failure.value.exit_code == ExitCode.INVALID
    assert {file: file.read_bytes() for file in sorted(derived.rglob("*")) if file.is_file()} == before


def test_a_summary_of_a_run_that_was_not_whole_follows_the_raw_data(tmp_path: Path) -> None:
    path = _written(tmp_path)
    whole = (path / "samples" / FILE).read_bytes()
    _cut(path / "samples" / FILE, 90)
    _invalid(path, "damaged")
    _cut(path / "samples" / FILE, 0)
    _invalid(path, "it is empty")
    (path / "samples" / FILE).write_bytes(whole)
    assert _judged(path).status == "VALID"


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (lambda table: table.drop_columns(["outcome"]), "outcome"),
        (lambda table: table.append_column("extra", table["due_ns"]), "extra"),
        (lambda table: table.rename_columns({"done_ns": "finished_ns"}), "done_ns"),
        (lambda table: table.set_column(4, "done_ns", table["done_ns"].cast(pa.float64())), "done_ns"),
        (lambda table: table.set_column(9, "operation", table["operation"].cast(pa.string())), "operation"),
    ],
)
def test_a_samples_file_with_other_columns_is_named_with_the_column(
    tmp_path: Path, change: Callable[[pa.Table], pa.Table], column: str
) -> None:
    path = _written(tmp_path)
    _rewrite(path / "samples" / FILE, change)
    _invalid(path, FILE, f"column {column} is missing, added or of another type")


def _with(name: str, row: int, value: Any) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        field = table.schema.field(name)
        values = table[name].to_pylist()
        values[row] = value
        return table.set_column(table.schema.get_field_index(name), field, pa.array(values, field.type))

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_with("done_ns", 7, None), "column done_ns has cells without a value"),
        (_with("due_ns", 7, -5), "row 7 has a request due before its slice began"),
        (_with("done_ns", 7, 1), "row 7 has a reply earlier than its request"),
        (_with("outcome", 7, 77), "row 7 has an outcome that does not exist"),
        (_with("arm", 7, "nobody"), "rows of an arm 'nobody'"),
        (_with("arm", 7, "jwt-hs256"), "not in one place"),
        (_with("position", 7, 9), "not in one place"),
    ],
)
def test_rows_that_cannot_have_been_measured_are_told_with_their_file(
    tmp_path: Path, change: Callable[[pa.Table], pa.Table], words: str
) -> None:
    path = _written(tmp_path)
    _rewrite(path / "samples" / FILE, lambda table: change(table.sort_by("position")))
    _invalid(path, FILE, words)


def test_a_samples_file_without_rows_is_no_cycle_without_requests(tmp_path: Path) -> None:
    path = _written(tmp_path)
    _rewrite(path / "samples" / FILE, lambda table: table.slice(0, 0))
    _invalid(path, "generation 1, cycle 2: 0 of 40 rows are there")


def test_rows_left_out_of_a_file_are_counted(tmp_path: Path) -> None:
    path = _written(tmp_path)
    _rewrite(path / "samples" / FILE, lambda table: table.filter(pc.less(table["due_ns"], 200_000_000)))
    _invalid(path, "generation 1, cycle 2", "of 40 rows are there")


def test_a_file_of_a_cycle_that_was_not_measured_is_told(tmp_path: Path) -> None:
    path = _written(tmp_path)
    (path / "samples" / "g001-c077.parquet").write_bytes((path / "samples" / FILE).read_bytes())
    _invalid(path, "generation 1, cycle 77: there are rows of a slice that does not count")


def test_a_file_that_is_called_like_none_of_ours_is_told(tmp_path: Path) -> None:
    path = _written(tmp_path)
    (path / "samples" / "g001-copy.parquet").write_bytes((path / "samples" / FILE).read_bytes())
    _invalid(path, "g001-copy.parquet")


def test_a_slice_with_no_requests_at_all_does_not_count(tmp_path: Path) -> None:
    mini = MiniRun(generations=3)
    position, rows = mini.samples[1, 2, "none"]
    mini.samples[1, 2, "none"] = (position, {name: column[:0] for name, column in rows.items()})
    nothing = ("scheduled", "sent", "completed", "accepted", "user_completed", "server_requests")
    mini.change("none", 1, 2, **dict.fromkeys(nothing, 0), accepted_by_operation={}, sent_by_operation={})
    _invalid(mini.write(tmp_path / "raw"), "none in generation 1, cycle 2", "this slice counts as valid, yet")


@pytest.mark.parametrize("outcome", [Outcome.UNAVAILABLE, Outcome.TIMED_OUT, Outcome.UNSENT])
def test_an_arm_of_which_no_request_was_accepted_has_no_latency_and_no_traceback(
    tmp_path: Path, outcome: Outcome
) -> None:
    mini = MiniRun(generations=3)
    for (_, _, arm), (_, rows) in mini.samples.items():
        if arm == "jwt-hs256":
            rows["outcome"][:] = outcome
    summary = _judged(mini.write(tmp_path / "raw"))
    assert summary.status == "INVALID"
    assert next(arm for arm in summary.arms if arm.arm == "jwt-hs256").service_ms["p50"].value is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("app_cpu_ns", -1),
        ("duration_s", float("nan")),
        ("offered_rate_rps", float("inf")),
        ("window_ns", 10**22),
        ("steal", {"0": float("nan")}),
        ("store_commands", {"getex": -3}),
        ("probe", {"sent": 1, "accepted": 1, "service_ns": [-4], "cpu_ns": 0}),
        ("scheduled", "forty"),
    ],
)
def test_a_slice_record_with_a_number_nobody_measures_is_told_with_its_line(
    tmp_path: Path, field: str, value: object
) -> None:
    path = _written(tmp_path)
    lines = (path / "slices.jsonl").read_text().splitlines()
    record = json.loads(lines[5])
    record["measured"][field] = value
    lines[5] = json.dumps(record)
    (path / "slices.jsonl").write_text("\n".join(lines) + "\n")
    _invalid(path, "slices.jsonl:6: damaged line")


def test_a_slice_of_an_arm_that_does_not_exist_was_never_planned(tmp_path: Path) -> None:
    path = _written(tmp_path)
    text = (path / "slices.jsonl").read_text()
    (path / "slices.jsonl").write_text(text.replace('"arm":"jwt-hs256"', '"arm":"nobody"', 1))
    _invalid(path, "1 measured slice was never planned")


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b"{}\n", b"[1, 2]\n"])
def test_slices_that_cannot_be_read_are_told(tmp_path: Path, content: bytes | None) -> None:
    path = _written(tmp_path)
    (path / "slices.jsonl").unlink()
    if content is not None:
        (path / "slices.jsonl").write_bytes(content)
    _invalid(path, "slices")


_TODAY = f'"schema_version":{SCHEMA_VERSION}'


@pytest.mark.parametrize("schema", range(1, SCHEMA_VERSION))
def test_a_manifest_of_a_schema_before_is_read_as_it_was(tmp_path: Path, schema: int) -> None:
    path = _written(tmp_path)
    before = _judged(path)
    manifest = (path / "manifest.json").read_text()
    (path / "manifest.json").write_text(manifest.replace(_TODAY, f'"schema_version": {schema}'))
    assert _judged(path) == before


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ('"schema_version": 99', "manifest.json: written with schema 99, .* update authbench"),
        ('"schema_version": 0', "manifest.json: schema 0 was never written"),
        ('"schema_version": "two"', "manifest.json: no schema_version"),
        ('"version": 2', "manifest.json: no schema_version"),
        (f'{_TODAY}, "colour": "red"', "manifest.json: damaged at colour"),
    ],
)
def test_a_manifest_of_another_schema_is_a_failure_in_one_line(
    tmp_path: Path, schema: str, words: str
) -> None:
    path = _written(tmp_path)
    manifest = (path / "manifest.json").read_text()
    (path / "manifest.json").write_text(manifest.replace(_TODAY, schema))
    with pytest.raises(Failure, match=words) as failure:
        _judged(path)
    assert "\n" not in str(failure.value)


@given(st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_damaged_byte_is_a_finding_or_changes_nothing(tmp_path: Path, data: st.DataObject) -> None:
    """One byte anywhere in a samples file: no traceback, and no other count of requests in a VALID run."""
    folder = tmp_path / "one" if (tmp_path / "one").exists() else _written(tmp_path).rename(tmp_path / "one")
    file = folder / "samples" / FILE
    whole = file.read_bytes()
    content = bytearray(whole)
    content[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    file.write_bytes(content)
    from analysis.data.run import load_run
    from analysis.summary.judged_run import judge_run
    from analysis.summary.summarize import summarize

    try:
        summary = summarize(judge_run(load_run(folder)))
    finally:
        file.write_bytes(whole)
    if summary.status == "VALID":
        assert [arm.requests for arm in summary.arms] == [480] * len(ARMS)
