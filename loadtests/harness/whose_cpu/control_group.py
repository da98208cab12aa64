"""A control group of Linux whose CPU time is read: of a container, of a service of systemd, of any other."""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from authbench.contracts.failure import Failure
from loadtests.harness.telemetry.cpu_clock import CpuOwner


class ControlGroup(CpuOwner):
    """All that runs in a folder of the tree of control groups, or below it, and what ran there and has ended.

    Version 2 tells microseconds (cpu.stat, usage_usec, whether a controller is enabled or not):
    https://docs.kernel.org/admin-guide/cgroup-v2.html. Version 1 tells nanoseconds (cpuacct.usage):
    https://docs.kernel.org/admin-guide/cgroup-v1/cpuacct.html.
    """

    def __init__(self, folder: Path) -> None:
        """OSError where there is no such folder."""
        self.folder = folder
        self._known_as = folder.stat().st_ino

    def cpu_ns(self) -> int:
        """Only of a group in which something runs: one that is empty is a service that has ended."""
        self._require_running()
        try:
            return int((self.folder / "cpuacct.usage").read_text("ascii"))
        except FileNotFoundError:
            pass
        for line in (self.folder / "cpu.stat").read_text("ascii").splitlines():
            name, _, value = line.partition(" ")
            if name == "usage_usec":
                return int(value) * 1000
        raise FileNotFoundError(errno.ENOENT, "neither cpuacct.usage nor usage_usec in cpu.stat", self.folder)

    def pids(self) -> list[int]:
        # 0 stands for a process of another pid namespace: cgroups(7).
        return sorted({pid for pid in self._require_running() if pid})

    def run_queue_wait_ns(self) -> int | None:
        """None: what has ended took its wait along, and the kernel keeps none by group."""
        return None

    def _require_running(self) -> list[int]:
        """The content of cgroup.procs. OSError if nothing is there, or the group was made anew."""
        if self.folder.stat().st_ino != self._known_as:
            raise ProcessLookupError(errno.ESRCH, "the control group was made anew", self.folder)
        found = list(_processes(self.folder))
        if not found:
            raise ProcessLookupError(errno.ESRCH, "nothing runs in the control group", self.folder)
        return found


def _processes(folder: Path) -> Iterator[int]:
    """What cgroup.procs of the folder and of those below it say; those that end meanwhile are left out."""
    for each, _, _ in os.walk(folder):
        try:
            yield from map(int, Path(each, "cgroup.procs").read_text("ascii").split())
        except OSError as error:
            # ENODEV: removed while it was open. EOPNOTSUPP: a threaded group, whose processes are told above.
            if error.errno not in (errno.ENOENT, errno.ENODEV, errno.EOPNOTSUPP):
                raise


@dataclass(frozen=True)
class Hierarchy:
    """A tree of control groups that counts CPU time, as it is mounted here."""

    top: Path
    controller: str
    """Its name; version 2 has none, and it is empty."""

    def group_of(self, pid: int) -> str | None:
        """Where process `pid` is in it, as /proc/PID/cgroup says; None: in none. OSError without process."""
        for line in Path(f"/proc/{pid}/cgroup").read_text("utf-8").splitlines():
            controllers, _, where = line.partition(":")[2].partition(":")
            if self.controller in controllers.split(","):
                return where
        return None


def hierarchies() -> list[Hierarchy]:
    """Those of this machine, version 2 first."""
    found = []
    for mount in psutil.disk_partitions(all=True):
        if mount.fstype == "cgroup2":
            found.append(Hierarchy(Path(mount.mountpoint), ""))
        elif mount.fstype == "cgroup" and "cpuacct" in mount.opts.split(","):
            found.append(Hierarchy(Path(mount.mountpoint), "cpuacct"))
    return sorted(found, key=lambda each: each.controller)


def find_control_group(named: str, key: str) -> ControlGroup:
    """The group with this folder, or with this path below the top of a hierarchy, as systemd tells it.

    Failure in one line if its CPU time cannot be read, or is that of others too.
    """
    tops = [each.top for each in hierarchies()]
    if not tops:
        raise Failure(f"{key}: no control groups that count CPU time are mounted here: give process ids")
    candidates = [Path(named), *(top / named.lstrip("/") for top in tops)]
    # Not Path.is_file: that raises where a folder above may not be looked into.
    folder = next((each for each in candidates if os.path.isfile(each / "cgroup.procs")), None)
    if folder is None:
        raise Failure(
            f"{key}: there is no control group {named}: give its folder, or its path below "
            f"{' or '.join(map(str, tops))}"
        )
    return readable(folder, key)


def readable(folder: Path, key: str) -> ControlGroup:
    """The group of this folder. Failure in one line if its CPU time cannot be read, or is that of others."""
    if folder.is_mount():
        raise Failure(f"{key}: {folder} is the group of everything: give the one of the service")
    try:
        group = ControlGroup(folder)
        group.cpu_ns()
        pids = group.pids()
    except ProcessLookupError:
        raise Failure(f"{key}: nothing runs in the control group {folder}: start the service") from None
    except OSError as error:
        raise Failure(f"{key}: the CPU time of {folder} cannot be read: {error.strerror}") from None
    if os.getpid() in pids:
        raise Failure(
            f"{key}: authbench itself runs in the control group {folder}: give one of the service alone"
        )
    return group
