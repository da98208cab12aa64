"""What a run refuses before anything is made."""

from pathlib import Path
from typing import Any
from unittest.mock import sentinel

import pytest

from authbench.contracts.experiment import find_experiment, find_workload
from authbench.contracts.failure import Failure
from loadtests.harness.load.meeting import Meeting
from loadtests.harness.run.run import RunRequest, run_experiment
from loadtests.harness.run.start_or_resume import fresh_start


@pytest.mark.parametrize(
    ("begun_with_workers", "refusal"),
    [
        (True, "has its load from workers: give --workers-at and --join-key-file"),
        (False, "has its load from this machine: leave --workers-at out"),
    ],
)
def test_a_run_keeps_where_its_load_comes_from(
    begun_with_workers: bool, refusal: str, tmp_path: Path
) -> None:
    start = fresh_start(
        find_experiment("smoke"), find_workload("read"), "x", load_from_workers=begun_with_workers
    )
    never_asked: dict[str, Any] = dict.fromkeys(
        ("judge", "enough", "plan_cycles", "expect", "progress"), sentinel.unused
    )
    meeting = None if begun_with_workers else Meeting("127.0.0.1", 5557, tmp_path / "join.key")
    request = RunRequest(start=start, results=tmp_path, meeting=meeting, **never_asked)
    with pytest.raises(Failure, match=refusal):
        run_experiment(request)
    assert not list(tmp_path.iterdir())
