"""A run whose load comes from workers, as two commands of a user."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from authbench.contracts.failure import ExitCode
from authbench.contracts.run_directory import read_manifest, read_samples, read_slices, samples_files
from tests.integration.front_door import FrontDoor, front_door, write_mini
from tests.servers.redis_process import free_port

pytestmark = pytest.mark.integration


@contextmanager
def _run_with_workers(
    tmp_path: Path, generations: int, *more: str
) -> Iterator[tuple[FrontDoor, list[FrontDoor]]]:
    """A run of the smallest experiment, and two workers that have joined it."""
    at = f"127.0.0.1:{free_port()}"
    names = ("one", "two")
    with ExitStack() as stack:
        for name in ("run", *names):
            (tmp_path / name).mkdir()
        options = ["--generators", "2", "--workers-at", at, "--join-key-file", str(tmp_path / "join.key")]
        experiment = write_mini(tmp_path, generations)
        run = stack.enter_context(front_door(tmp_path / "run", "run", experiment, *options, *more))
        run.wait_for(f"authbench worker --master {at}")
        workers = [
            stack.enter_context(
                front_door(
                    tmp_path / name,
                    *("worker", "--master", at, "--join-key-file", str(tmp_path / "join.key")),
                    *("--name", name),
                )
            )
            for name in names
        ]
        for worker in workers:
            worker.wait_for("joined")
        yield run, workers


def _raw(tmp_path: Path) -> Path:
    (path,) = (tmp_path / "run" / "results" / "raw").iterdir()
    return path


def test_two_workers_send_the_load_of_a_run(tmp_path: Path) -> None:
    with _run_with_workers(tmp_path, 1, "--json") as (run, workers):
        code, out, errors = run.end()
        assert code == ExitCode.DONE, errors
        assert json.loads(out)["status"] == "VALID"
        for worker in workers:
            assert worker.end()[0] == ExitCode.DONE
        assert not [left for door in (run, *workers) for left in door.family()]
    manifest = read_manifest(_raw(tmp_path))
    assert manifest.load_from_workers
    assert manifest.generators == 2
    assert "127.0.0.1" not in manifest.command
    slices = [judged.measured for judged in read_slices(_raw(tmp_path)) if not judged.void_because]
    assert slices
    for measured in slices:
        assert {name.partition("-")[0] for name in measured.clocks} == {"worker one", "worker two"}
    rows = sum(read_samples(path).num_rows for path in samples_files(_raw(tmp_path)).values())
    assert rows == sum(measured.scheduled for measured in slices)


def test_a_worker_that_is_killed_ends_the_run_with_its_name(tmp_path: Path) -> None:
    with _run_with_workers(tmp_path, 20) as (run, (one, two)):
        run.wait_for("generation 2: measuring")
        os.kill(two.process.pid, signal.SIGKILL)
        code, _, errors = run.end()
        assert code == ExitCode.INVALID
        assert "worker two-" in errors
        assert "is lost: it was not heard for 10 s" in errors
        assert one.end()[0] == ExitCode.DONE, "the other one is told that the run is over"
        psutil.wait_procs([left for door in (run, one, two) for left in door.family()], timeout=60)
        assert not [left for door in (run, one, two) for left in door.family()]
    manifest = read_manifest(_raw(tmp_path))
    assert manifest.status == "aborted"
    assert "worker two-" in manifest.status_reason
    assert manifest.generations_done >= 1
    assert len(read_slices(_raw(tmp_path))) == manifest.slices_recorded > 0
    assert samples_files(_raw(tmp_path)), "earlier rows are kept"
