"""Real control groups for tests, where this machine lets us make some."""

import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from loadtests.harness.whose_cpu.control_group import Hierarchy, hierarchies

ENDED_CHILD_NS = 60_000_000
"""At least so much CPU time does the child of a `Parent` use, which then ends."""
_CHILD = f"import time\nwhile time.process_time_ns() < {ENDED_CHILD_NS}: pass"
_PARENT = f"""
import subprocess, sys
for line in sys.stdin:
    subprocess.run([sys.executable, "-c", {_CHILD!r}], check=True)
    print("done", flush=True)
"""


class Parent:
    """A process in a control group: each time that it is told to, it starts a child that works and ends."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pid = self._process.pid
        (folder / "cgroup.procs").write_text(str(self.pid), "ascii")

    def let_child_work(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print("go", file=self._process.stdin, flush=True)
        assert self._process.stdout.readline() == "done\n"

    def end(self) -> None:
        self._process.communicate()


def countable(version: int | None = None) -> Hierarchy:
    """The hierarchy of this version, or the first. Skips the test where it is not mounted."""
    mounted = [each for each in hierarchies() if version is None or (each.controller == "") == (version == 2)]
    if not mounted:
        pytest.skip(
            f"no control groups of version {version or '1 or 2'} that count CPU time are mounted here"
        )
    return mounted[0]


@contextmanager
def made_in(hierarchy: Hierarchy, name: str = "") -> Iterator[Path]:
    """The folder of a new group, with whatever is below it for as long. Skips the test where none can be."""
    folder = hierarchy.top / (name or f"authbench-test-{secrets.token_hex(4)}")
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made in {hierarchy.top}: {error.strerror}")
    try:
        yield folder
    finally:
        remove(folder)


def remove(folder: Path) -> None:
    """Remove a group if it is there; what ran in it has ended, and the kernel may still be at it."""
    deadline = time.monotonic() + 30
    while folder.exists():
        with suppress(OSError):
            folder.rmdir()
            return
        assert time.monotonic() < deadline, (folder / "cgroup.procs").read_text("ascii")
        time.sleep(0.02)
