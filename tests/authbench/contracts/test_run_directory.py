"""What is on disk is whole, or says that it is not."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from authbench.contracts.experiment import find_experiment, find_workload
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.records import SAMPLE_COLUMNS, SCHEMA_VERSION, Machine, Manifest
from authbench.contracts.run_directory import (
    RunWriter,
    read_manifest,
    read_samples,
    read_slices,
    replace_file,
    samples_files,
    slices_file,
)
from tests.analysis.build_run import MiniRun

_MANIFEST = Manifest(
    run_id="a-run",
    status="running",
    started_at="2026-01-01T00:00:00+00:00",
    authbench_version="0",
    git_commit=None,
    git_dirty=None,
    command="make bench",
    seed=1,
    experiment=find_experiment("smoke"),
    workload=find_workload("read"),
    machine=Machine(host="h", cpu_model="c", cpus=2, memory_mib=1, kernel="k", virtualized=None),
)


@pytest.mark.parametrize(
    "left", ["._g000-c000.parquet", ".g000-c000.parquet", ".DS_Store", ".hidden.parquet"]
)
def test_files_that_other_systems_hide_in_a_copied_run_are_passed_over(tmp_path: Path, left: str) -> None:
    samples = tmp_path / "samples"
    samples.mkdir()
    (samples / "g000-c000.parquet").touch()
    (samples / left).touch()
    assert list(samples_files(tmp_path)) == [(0, 0)]


def test_a_manifest_comes_back_as_it_was_written(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "raw", _MANIFEST)
    writer.close()
    assert read_manifest(writer.path) == _MANIFEST
    assert read_slices(writer.path) == []
    assert samples_files(writer.path) == {}


def test_two_runs_cannot_share_a_directory(tmp_path: Path) -> None:
    RunWriter(tmp_path, _MANIFEST).close()
    with pytest.raises(Failure, match="cannot write"):
        RunWriter(tmp_path, _MANIFEST)


def test_samples_come_back_with_their_types_and_a_part_is_not_a_whole(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, _MANIFEST)
    names = list(SAMPLE_COLUMNS)[2:]
    columns = {name: np.array([1, 2, -1]) for name in names}
    writer.write_samples(2, 17, [("none", 0, columns), ("jwt-hs256", 1, columns)])
    writer.close()
    path = samples_files(writer.path)[2, 17]
    table = read_samples(path)
    assert table.column_names == list(SAMPLE_COLUMNS)
    assert table["arm"].to_pylist() == ["none"] * 3 + ["jwt-hs256"] * 3
    assert table["done_ns"].to_pylist() == [1, 2, -1] * 2
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(Failure, match="damaged samples file"):
        read_samples(path)


def test_a_full_disk_is_one_line_and_the_old_content_stays(tmp_path: Path) -> None:
    path = tmp_path / "plan.md"
    replace_file(path, "old")
    (tmp_path / "plan.md.part").symlink_to("/dev/full")
    with pytest.raises(Failure, match=r"disk full at .*plan.md: free space, or choose") as caught:
        replace_file(path, "new")
    assert caught.value.exit_code is ExitCode.USAGE, "no run was measured, so none is INVALID"
    assert path.read_text() == "old"


def test_a_run_whose_manifest_cannot_be_written_is_not_whole(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, _MANIFEST)
    writer.close()
    (writer.path / "manifest.json.part").symlink_to("/dev/full")
    with pytest.raises(Failure, match=r"disk full at .*manifest.json: .* not whole") as caught:
        writer.write_manifest(_MANIFEST)
    assert caught.value.exit_code is ExitCode.INVALID


def test_a_file_that_cannot_be_replaced_leaves_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "gate.xml").mkdir()
    with pytest.raises(Failure, match=r"cannot write: Is a directory at .*gate.xml: .* another place"):
        replace_file(tmp_path / "gate.xml", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["gate.xml"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (json.dumps({"schema_version": SCHEMA_VERSION + 1}), "update authbench"),
        (json.dumps({"schema_version": "x"}), "no schema_version"),
        (json.dumps([]), "no schema_version"),
        ('{"schema_version": 1, ', "damaged"),
        (json.dumps({"schema_version": SCHEMA_VERSION, "run_id": "x"}), "damaged at status"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_one_line(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "manifest.json").write_text(content, "utf-8")
    with pytest.raises(Failure, match=message) as caught:
        read_manifest(tmp_path)
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_line_cut_short_is_told_with_its_number(tmp_path: Path) -> None:
    (tmp_path / "slices.jsonl").write_text('{"measured": {"gener', "utf-8")
    with pytest.raises(Failure, match=r"slices.jsonl:1: damaged line"):
        read_slices(tmp_path)


def test_packed_slices_are_the_same_slices(tmp_path: Path) -> None:
    run = MiniRun(cycles=1).write(tmp_path)
    slices = read_slices(run)
    plain = run / "slices.jsonl"
    (run / "slices.jsonl.gz").write_bytes(gzip.compress(plain.read_bytes()))
    assert slices_file(run) == plain
    plain.unlink()
    assert slices_file(run).name == "slices.jsonl.gz"
    assert read_slices(run) == slices != []


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[:-9], lambda raw: raw[1:], lambda raw: raw[:20] + b"x" + raw[21:]]
)
def test_a_damaged_packed_file_is_one_line(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "slices.jsonl.gz"
    path.write_bytes(damage(gzip.compress(b'{"measured": 1}\n' * 40)))
    with pytest.raises(Failure, match=f"{path}: damaged: it is no whole gzip file"):
        read_slices(tmp_path)


def test_a_text_that_cannot_be_written_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "summary.json"
    replace_file(file, "whole")
    with pytest.raises(UnicodeEncodeError):
        replace_file(file, "\ud800")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("summary.json", "whole")]
