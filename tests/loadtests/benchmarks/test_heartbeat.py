"""That the benchmark runs and says what it promises; its figures are nobody's to test."""

import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "loadtests.benchmarks.heartbeat", "--pairs", "6"]


@pytest.mark.long
def test_it_compares_slices_with_and_without_heartbeats() -> None:
    options = ["--slice-s", "0.1", "--rate-rps", "200"]
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, check=True, timeout=600)
    _, first, second, head, *figures = done.stdout.splitlines()
    assert "200 requests/s: 6 pairs" in first
    assert "sealed messages" in second
    assert head.split()[:3] == ["with", "without", "ratio"]
    assert len(figures) == 3


def test_nobody_is_frozen_for_so_long_that_he_is_lost() -> None:
    done = subprocess.run(
        [*COMMAND, "--slice-s", "9"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.endswith("--slice-s: 5 at most\n")
