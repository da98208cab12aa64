"""What a container may use of processors and memory, and how often it was stopped: both cgroup versions."""

from dataclasses import dataclass
from pathlib import Path

from loadtests.harness.telemetry.kernel_file import read_text


@dataclass(frozen=True)
class CpuAllowance:
    """What the control groups of this process allow."""

    processors: float | None
    """Processor-seconds a second; the smallest of this group's and its parents'. None: no quota."""
    throttled_periods: int
    """Periods in which a group was stopped because its quota was used up, since the group exists."""


def read_cpu_allowance(root: Path = Path("/")) -> CpuAllowance:
    """Read the groups from this process's own up to the top. No quota where there are no control groups."""
    groups = _groups("cpu", root)
    quotas = [quota for group in groups if (quota := _quota(group)) is not None]
    return CpuAllowance(min(quotas, default=None), sum(map(_throttled, groups)))


def read_memory_left(root: Path = Path("/")) -> int | None:
    """Bytes this process's groups may still take, page cache counted as taken. None: no limit."""
    left = []
    for group in _groups("memory", root):
        for limit, used in _MEMORY_FILES:
            allowed, taken = read_text(group / limit), read_text(group / used)
            if allowed.isdigit() and taken.isdigit() and int(allowed) < _NO_LIMIT:
                left.append(int(allowed) - int(taken))
    return min(left, default=None)


_MEMORY_FILES = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))
_NO_LIMIT = 2**62
"""Version 1 says 'no limit' as the largest multiple of a page, about 2**63."""


def _groups(controller: str, root: Path) -> list[Path]:
    """The folders of this process's group and its parents in the hierarchy that has the controller.

    A line of /proc/PID/cgroup that names the controller is version 1, and decides; one without any is
    version 2.
    """
    top, path = None, ""
    for line in read_text(root / "proc/self/cgroup").splitlines():
        named, _, where = line.partition(":")[2].partition(":")
        if controller in named.split(","):
            top, path = root / "sys/fs/cgroup" / controller, where
            break
        if not named:
            top, path = root / "sys/fs/cgroup", where
    if top is None:
        return []
    own = top / path.lstrip("/")
    if ".." in own.parts or not own.is_dir():  # a path of the host: the top is all a container sees
        return [top]
    return [group for group in (own, *own.parents) if group == top or top in group.parents]


def _quota(group: Path) -> float | None:
    """cpu.max is 'max 100000' or '50000 100000'; version 1 has two files, and -1 for no quota."""
    quota, _, period = read_text(group / "cpu.max").partition(" ")
    if not quota:
        quota, period = read_text(group / "cpu.cfs_quota_us"), read_text(group / "cpu.cfs_period_us")
    if not (quota.isdigit() and period.isdigit() and int(period)):
        return None
    return int(quota) / int(period)


def _throttled(group: Path) -> int:
    for line in read_text(group / "cpu.stat").splitlines():
        name, _, value = line.partition(" ")
        if name == "nr_throttled" and value.isdigit():
            return int(value)
    return 0
