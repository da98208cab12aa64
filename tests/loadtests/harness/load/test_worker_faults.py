"""What goes wrong on a worker is told with its name and spoils nothing else: rows, starts, disks, clocks."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from analysis.rules.rule import MeasuredSlice
from analysis.rules.v43_common_start import CommonStart
from authbench.contracts.card import Operation
from authbench.contracts.failure import ExitCode, Failure
from loadtests.harness.load.generators import Generators, LoadReading
from tests.analysis.build_run import columns, slice_record
from tests.loadtests.harness.load.live_workers import LOAD, READS, WORKER, family, site
from tests.loadtests.scripted_server import ScriptedServer

_SABOTAGED = """
import sys
from loadtests.distributed import worker

worker.ENGINE_MODULE = "tests.loadtests.harness.load.sabotaged_engine"
worker.main(sys.argv[1:])
"""
_LATE = """
import sys
from gevent import sleep
from loadtests.distributed import worker

class Late(worker.Worker):
    def _carry_out(self, kind, line):
        if '"op":"go"' in line:
            sleep(1)
        super()._carry_out(kind, line)

worker.Worker = Late
worker.main(sys.argv[1:])
"""
"""A worker to which the order to begin takes a second."""
_STEPPED = """
import time

_time, _monotonic = time.time, time.monotonic
time.time = lambda: _time() + 3600 * (int(_monotonic() * 20) % 3 - 1)
"""
"""Twenty times a second the wall clock of every Python process is set by an hour, forward or back."""


_LATE_NS = 300_000_000
"""That of the sabotaged engine, which is not imported here: Locust patches the process."""


@pytest.fixture(scope="module")
def sabotaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generators]:
    with site(tmp_path_factory.mktemp("site"), 1) as found:
        found.start_worker("bad", start=[sys.executable, "-c", _SABOTAGED])
        yield found.generators()


def measure(generators: Generators, server: ScriptedServer, arm: str, **load: object) -> LoadReading:
    generators.arm(arm, "127.0.0.1", server.port, {Operation.READ: READS}, connections=8)
    return generators.offer(LOAD.model_copy(update={"arm": arm, **load}))


def require_sums(generators: Generators, server: ScriptedServer) -> LoadReading:
    before = server.requests
    reading = measure(generators, server, "arm")
    told = reading.reply
    assert told.accepted == told.scheduled == len(reading.columns["due_ns"]) == server.requests - before > 0
    return reading


def lateness_ns(reading: LoadReading) -> dict[str, int]:
    return {name.split("-")[0]: clock.late_ns for name, clock in reading.clocks.items()}


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("cuts-file", r"the rows of worker bad-\w+ are cut off or damaged"),
        ("cuts-part", r"worker bad-\w+: rows0\.npz: damaged on the way"),
        ("loses-rows", r"worker bad-\w+ counted \d+ requests and gave \d+ rows"),
    ],
)
def test_rows_that_are_not_whole_end_the_run(
    sabotaged: Generators, server: ScriptedServer, fault: str, sentence: str
) -> None:
    with pytest.raises(Failure, match=sentence) as failed:
        measure(sabotaged, server, fault)
    assert failed.value.exit_code == ExitCode.INVALID
    require_sums(sabotaged, server)


def test_a_closed_loop_begins_when_it_first_sends(sabotaged: Generators, server: ScriptedServer) -> None:
    reading = measure(sabotaged, server, "begins-late", loop="closed", closed_connections=2)
    assert lateness_ns(reading)["worker bad"] >= _LATE_NS


def test_a_worker_that_begins_late_voids_its_slice_and_no_more(
    tmp_path: Path, server: ScriptedServer
) -> None:
    with site(tmp_path, 2) as found:
        found.start_worker("good")
        found.start_worker("late", start=[sys.executable, "-c", _LATE])
        reading = require_sums(found.generators(), server)
    late_ns = lateness_ns(reading)
    assert late_ns["worker late"] > max(late_ns["worker good"], 300_000_000)
    record = slice_record().model_copy(update={"clocks": dict(reading.clocks)})
    (finding,) = CommonStart().check_slice(MeasuredSlice(record, columns(40, 2.0, np.random.default_rng(2))))
    assert finding.severity == "void-slice"
    assert "worker late-" in finding.sentence


def fill_the_disk(process: "subprocess.Popen[str]") -> None:
    """Let no process of a worker write to any file from now on."""
    for each in family(process):
        _, hard = resource.prlimit(each.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(each.pid, resource.RLIMIT_FSIZE, (0, hard))


def test_a_disk_that_is_full_during_a_run_changes_nothing(tmp_path: Path, server: ScriptedServer) -> None:
    """Requests and rows are held in memory, and what cannot be told is not told."""
    full = os.open("/dev/full", os.O_WRONLY)
    with site(tmp_path, 1) as found:
        worker = found.start_worker("full", errors=full)
        os.close(full)
        generators = found.generators()
        fill_the_disk(worker)
        require_sums(generators, server)
        found.hub.stop()
        assert worker.wait(60) == ExitCode.DONE


def test_a_disk_that_is_full_before_is_one_line(tmp_path: Path) -> None:
    with site(tmp_path, 1) as found:
        limited = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *WORKER]
        worker = found.start_worker("full", start=limited)
        _, errors = worker.communicate(timeout=60)
    assert worker.returncode == ExitCode.USAGE
    (line,) = errors.splitlines()
    assert "cannot be written" in line


def test_a_disk_that_is_full_where_rows_arrive_is_one_line(
    sabotaged: Generators, server: ScriptedServer
) -> None:
    sabotaged.arm("arm", "127.0.0.1", server.port, {Operation.READ: READS}, connections=8)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(Failure, match=r"rows of worker bad-\w+ cannot be kept in .*File too large"):
            sabotaged.offer(LOAD)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    require_sums(sabotaged, server)


def test_a_wall_clock_that_is_set_changes_nothing(tmp_path: Path, server: ScriptedServer) -> None:
    """Nothing that a worker does is timed by it: not a message's age, a heartbeat, a row."""
    (tmp_path / "sitecustomize.py").write_text(_STEPPED, "utf-8")
    with site(tmp_path, 1) as found:
        worker = found.start_worker("stepped", environment={"PYTHONPATH": str(tmp_path)})
        generators = found.generators()
        for _ in range(3):
            reading = require_sums(generators, server)
            sent_ns, done_ns = reading.columns["sent_ns"], reading.columns["done_ns"]
            assert (sent_ns >= 0).all()
            assert (sent_ns <= done_ns).all()
        found.hub.stop()
        assert worker.wait(60) == ExitCode.DONE
