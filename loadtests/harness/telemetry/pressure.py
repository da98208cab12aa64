"""Share of time in which somebody waited for a processor: the kernel's pressure stall information."""

import re

from loadtests.harness.telemetry.kernel_file import read_text


def parse_some_avg10(pressure: str) -> float | None:
    """Read the share (0 to 1) of the last 10 s in which a task waited, from /proc/pressure/cpu.

    None: not there. Linux, Documentation/accounting/psi.rst.
    """
    found = re.search(r"^some .*\bavg10=([0-9.]+)", pressure, re.MULTILINE)
    return float(found[1]) / 100 if found else None


def read_cpu_pressure() -> float | None:
    """Read it now; None where the kernel keeps none."""
    return parse_some_avg10(read_text("/proc/pressure/cpu"))
