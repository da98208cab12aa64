"""A foreign tool is run to its end, or ended with everything that it has started."""

import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from authbench.contracts.failure import Failure
from judges.foreign_tool import run_tool


def test_status_output_and_input(tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "print(input(), os.getcwd(), os.environ['A'])\n"
        "print('no', file=sys.stderr)\n"
        "sys.exit(3)"
    )
    done = run_tool([sys.executable, "-c", program], tmp_path, 30, {"A": "b"}, "hello\n")
    assert done.status == 3
    assert done.out == f"hello {tmp_path} b\n"
    assert done.last_words == "no"


def test_one_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys, pathlib, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "pathlib.Path('pid').write_text(str(child.pid))\n"
        "time.sleep(600)"
    )
    with pytest.raises(Failure, match="was not done after 2 s"):
        run_tool([sys.executable, "-c", program], tmp_path, 2)
    pid = int((tmp_path / "pid").read_text())
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.05)
    else:
        os.kill(pid, 9)
        pytest.fail("its child is still there")
