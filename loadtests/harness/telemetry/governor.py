from collections.abc import Iterable
from pathlib import Path

from loadtests.harness.telemetry.kernel_file import read_text


def read_governors(cpus: Iterable[int], root: Path = Path("/")) -> dict[int, str]:
    """Frequency governor by processor; processors without one, as in most virtual machines, are left out."""
    paths = {cpu: root / f"sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor" for cpu in cpus}
    return {cpu: governor for cpu, path in paths.items() if (governor := read_text(path))}
