"""The frequency governor: who decides how fast a processor runs."""

from collections.abc import Iterable
from pathlib import Path


def read_governors(cpus: Iterable[int], root: Path = Path("/")) -> dict[int, str]:
    """Frequency governor by processor; processors without one, as in most virtual machines, are left out."""
    governors = {}
    for cpu in cpus:
        path = root / f"sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor"
        try:
            governors[cpu] = path.read_text("ascii").strip()
        except OSError:
            continue
    return governors
