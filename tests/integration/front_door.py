"""Starting the command as a user does, and finding every process it left."""

import contextlib
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

MINI = """
name = "mini"
question = "Does the chain work?"
workload = "read"
credentials = 1000
judged_by = "correctness"
compare = [["session-redis", "jwt-hs256"]]
slice_s = 0.15
cycles = 2
generations_min = 1
generations_max = 1
half_width = 0.05
margin = 0.05
rate_share = 0.4
closed_loop_s = 0.2
arms = [
    { scheme = "none", role = "control" },
    { scheme = "session-redis", settings = { store_deadline_ms = 5000 } },
    { scheme = "session-redis", role = "twin", settings = { store_deadline_ms = 5000 } },
    { scheme = "jwt-hs256" },
]
"""
"""A store may take long to answer: this machine has more to do."""
MANY_CYCLES = 400
"""Of a run that is to be stopped: it measures longer than a busy machine may take to do so."""
_MARK = "AUTHBENCH_TEST_MARK"


@dataclass
class FrontDoor:
    """One command under test, in a temporary folder of its own."""

    process: subprocess.Popen[str]
    mark: str
    folder: Path

    def wait_for(self, text: str) -> None:
        """Read standard error until a line contains `text`."""
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            if text in line:
                return
            said.append(line)
        raise AssertionError(f"ended without saying {text!r}: {''.join(said[-5:])}")

    def end(self, within_s: float = 600) -> tuple[int, str, str]:
        """(exit code, standard output, the rest of standard error)"""
        out, err = self.process.communicate(timeout=within_s)
        return self.process.returncode, out, err

    def family(self) -> list[psutil.Process]:
        """Every living process that descends from this command, its parent alive or not."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.status() != psutil.STATUS_ZOMBIE and self._is_ours(process):
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    def _is_ours(self, process: psutil.Process) -> bool:
        """By the mark it inherited; Redis writes its title over that, but works in the scratch folder."""
        return process.environ().get(_MARK) == self.mark or (
            process.name().startswith(("redis", "valkey")) and Path(process.cwd()).is_relative_to(self.folder)
        )

    def child(self, name: str) -> psutil.Process:
        """The living descendant whose command line contains `name`."""
        return next(process for process in self.family() if any(name in word for word in words_of(process)))


def words_of(process: psutil.Process) -> list[str]:
    """The command line of a process; empty if it has ended meanwhile."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []


@contextmanager
def front_door(folder: Path, *arguments: str, ignoring: str = "") -> Iterator[FrontDoor]:
    """Run `authbench ARGUMENTS` in `folder`, which is also its temporary folder.

    `ignoring`: names of signals that its starter ignores, as nohup does with HUP.
    """
    mark = uuid.uuid4().hex
    starter = ["sh", "-c", f"trap '' {ignoring}; exec \"$@\"", "sh"] if ignoring else []
    process = subprocess.Popen(
        [*starter, sys.executable, "-m", "authbench", *arguments],
        cwd=folder,
        env={**os.environ, _MARK: mark, "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    door = FrontDoor(process, mark, folder)
    try:
        yield door
    finally:
        for left in door.family():
            with contextlib.suppress(psutil.NoSuchProcess):  # it may be ending by itself
                left.send_signal(signal.SIGKILL)
        process.wait()
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


def write_mini(folder: Path, generations: int = 1, cycles: int = 2) -> str:
    """The smallest experiment that has everything; returns its path."""
    path = folder / "mini.toml"
    content = MINI.replace("cycles = 2", f"cycles = {cycles}")
    for key in ("generations_min", "generations_max"):
        content = content.replace(f"{key} = 1", f"{key} = {generations}")
    path.write_text(content, "utf-8")
    return str(path)
