"""No child outlives the harness."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from authbench.contracts.failure import ExitCode, Failure
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.processes import Child, pin

_SLEEPER = [sys.executable, "-c", "import time; print('{}', flush=True); time.sleep(600)"]


def test_a_child_starts_pinned_and_stops(tmp_path: Path) -> None:
    cpu = min(available_processors())
    with Child("sleeper", _SLEEPER, [cpu], tmp_path / "log") as child:
        assert child.read(30) == {}
        assert os.sched_getaffinity(child.pid) == {cpu}
        assert not child.ended()
        assert pin(child.pid, available_processors()) == sorted(available_processors())
    assert child.ended()
    assert not psutil.pid_exists(child.pid)
    child.stop()


def test_a_child_dies_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    parent_code = f"""
import sys
from pathlib import Path
from loadtests.harness.processes.processes import Child, pin
child = Child("sleeper", {_SLEEPER!r}, [{min(available_processors())}], Path({str(tmp_path / "log")!r}))
child.output.readline()
print(child.pid, flush=True)
sys.stdin.read()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", parent_code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    grandchild = psutil.Process(int(parent.stdout.readline()))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    grandchild.wait(timeout=30)
    parent.stdin.close()
    parent.stdout.close()


def test_a_death_is_told_with_its_signal_and_last_words(tmp_path: Path) -> None:
    code = "import os, sys; print('out of luck', file=sys.stderr, flush=True); os.kill(os.getpid(), 9)"
    with Child(
        "the server of x", [sys.executable, "-c", code], available_processors(), tmp_path / "log"
    ) as child:
        with pytest.raises(Failure, match=r"the server of x .* killed by signal 9 \(out of luck\)") as caught:
            child.read(30)
        assert caught.value.exit_code is ExitCode.INVALID


def test_writing_to_a_dead_child_tells_its_exit(tmp_path: Path) -> None:
    with Child(
        "quitter", [sys.executable, "-c", "raise SystemExit(7)"], available_processors(), tmp_path / "l"
    ) as c:
        with pytest.raises(Failure, match="exit 7"):
            c.read(30)
        with pytest.raises(Failure, match="exit 7"):
            c.send(b"x")


def test_a_variable_is_for_this_child_alone(tmp_path: Path) -> None:
    code = "import json, os; print(json.dumps({'a': os.environ['ONLY_HERE'], 'b': 'PATH' in os.environ}))"
    command = [sys.executable, "-c", code]
    with Child("teller", command, available_processors(), tmp_path / "log", {"ONLY_HERE": "yes"}) as child:
        assert child.read(30) == {"a": "yes", "b": "PATH" in os.environ}
    assert "ONLY_HERE" not in os.environ
