"""Beginning afresh, and going on with a run that was cut short."""

from pathlib import Path

import pytest

from authbench.contracts.experiment import find_experiment, find_workload
from authbench.contracts.failure import Failure
from authbench.contracts.records import JudgedSlice, Manifest
from authbench.contracts.run_directory import SLICES, RunWriter, read_slices
from loadtests.harness.run.start_or_resume import fresh_start, resume_start
from tests.loadtests.harness.make_slice import make_slice


def _begin(folder: Path, generations: list[int], **changes: object) -> tuple[Manifest, Path]:
    start = fresh_start(find_experiment("smoke"), find_workload("read"), "make bench EXPERIMENT=smoke")
    manifest = start.manifest.model_copy(update=changes)
    writer = RunWriter(folder, manifest)
    for number in generations:
        writer.append_slice(JudgedSlice(measured=make_slice(generation=number), void_because=[], tags=[]))
    writer.close()
    return manifest, writer.path


def test_a_fresh_start_has_an_identity_of_its_own_and_keeps_a_given_seed() -> None:
    experiment = find_experiment("smoke").model_copy(update={"seed": 7})
    one, other = (fresh_start(experiment, find_workload("read"), "x") for _ in range(2))
    assert one.manifest.seed == other.manifest.seed == 7
    assert one.manifest.run_id != other.manifest.run_id
    assert not one.resumed
    assert one.first_generation == 0


def test_whole_generations_count_and_the_one_under_way_is_abandoned(tmp_path: Path) -> None:
    _, path = _begin(tmp_path, [0, 0, 1, 1, 2], status="interrupted", generations_done=2)
    start = resume_start(path)
    assert start.resumed
    assert start.first_generation == 3
    assert start.manifest.abandoned_generations == [2]
    assert start.manifest.status == "running"
    assert start.manifest.slices_recorded == 5
    assert [judged.measured.generation for judged in start.recorded] == [0, 0, 1, 1]


def test_it_can_be_cut_short_twice(tmp_path: Path) -> None:
    _, path = _begin(tmp_path, [0, 1, 2, 3], status="running", generations_done=2, abandoned_generations=[1])
    start = resume_start(path)
    assert start.manifest.abandoned_generations == [1, 3]
    assert [judged.measured.generation for judged in start.recorded] == [0, 2]
    assert start.first_generation == 4


def test_a_line_torn_by_a_kill_is_dropped(tmp_path: Path) -> None:
    _, path = _begin(tmp_path, [0, 0], status="running", generations_done=1)
    with (path / SLICES).open("a") as file:
        file.write('{"measured": {"gene')
    assert len(resume_start(path).recorded) == 2
    assert len(read_slices(path)) == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "complete"}, "is complete: there is nothing to resume"),
        ({"git_commit": "0" * 40}, "other source files"),
    ],
)
def test_what_cannot_be_gone_on_with_is_one_line(
    tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    _, path = _begin(tmp_path, [0], **changes)
    with pytest.raises(Failure, match=reason):
        resume_start(path)


def test_another_machine_cannot_go_on(tmp_path: Path) -> None:
    manifest, path = _begin(tmp_path / "here", [0], status="interrupted")
    machine = manifest.machine.model_copy(update={"kernel": "0.0.1"})
    _, path = _begin(tmp_path / "there", [0], status="interrupted", machine=machine)
    with pytest.raises(Failure, match="another machine"):
        resume_start(path)
