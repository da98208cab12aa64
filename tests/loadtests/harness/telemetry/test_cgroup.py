"""Quotas and limits of containers, from trees as the two versions write them."""

from collections.abc import Mapping
from pathlib import Path

from loadtests.harness.telemetry.cgroup import CpuAllowance, read_cpu_allowance, read_memory_left


def _tree(root: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, "ascii")
    return root


def test_version_2_takes_the_smallest_quota_up_to_the_top(tmp_path: Path) -> None:
    root = _tree(
        tmp_path,
        {
            "proc/self/cgroup": "0::/pod/box\n",
            "sys/fs/cgroup/pod/cpu.max": "150000 100000\n",
            "sys/fs/cgroup/pod/cpu.stat": "usage_usec 5\nnr_periods 9\nnr_throttled 4\n",
            "sys/fs/cgroup/pod/box/cpu.max": "max 100000\n",
            "sys/fs/cgroup/pod/box/memory.max": "1000\n",
            "sys/fs/cgroup/pod/box/memory.current": "400\n",
            "sys/fs/cgroup/pod/memory.max": "max\n",
            "sys/fs/cgroup/pod/memory.current": "900\n",
        },
    )
    assert read_cpu_allowance(root) == CpuAllowance(1.5, 4)
    assert read_memory_left(root) == 600


def test_version_1_names_the_controller_and_decides(tmp_path: Path) -> None:
    root = _tree(
        tmp_path,
        {
            "proc/self/cgroup": "3:memory:/box\n2:cpu,cpuacct:/box\n0::/\n",
            "sys/fs/cgroup/cpu/box/cpu.cfs_quota_us": "50000\n",
            "sys/fs/cgroup/cpu/box/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/cpu/box/cpu.stat": "nr_periods 3\nnr_throttled 2\nthrottled_time 7\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/box/memory.limit_in_bytes": "9223372036854771712\n",
            "sys/fs/cgroup/memory/box/memory.usage_in_bytes": "5\n",
            "sys/fs/cgroup/cpu.max": "10000 100000\n",  # not this process's hierarchy
        },
    )
    assert read_cpu_allowance(root) == CpuAllowance(0.5, 2)
    assert read_memory_left(root) is None


def test_a_path_of_the_host_means_the_top_of_what_is_seen(tmp_path: Path) -> None:
    root = _tree(
        tmp_path,
        {
            "proc/self/cgroup": "0::/../../host/box\n",
            "sys/fs/cgroup/cpu.max": "200000 100000\n",
        },
    )
    assert read_cpu_allowance(root) == CpuAllowance(2.0, 0)


def test_no_control_groups_limit_nothing(tmp_path: Path) -> None:
    assert read_cpu_allowance(tmp_path) == CpuAllowance(None, 0)
    assert read_memory_left(tmp_path) is None


def test_this_machine_can_be_read() -> None:
    allowed = read_cpu_allowance()
    assert allowed.processors is None or allowed.processors > 0
