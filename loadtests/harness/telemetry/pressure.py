"""Share of time in which somebody waited for a processor: the kernel's pressure stall information."""

from pathlib import Path


def parse_some_avg10(pressure: str) -> float | None:
    """Of the content of /proc/pressure/cpu: the share (0 to 1) of the last 10 s in which a task waited.

    None: not there. Linux, Documentation/accounting/psi.rst.
    """
    for line in pressure.splitlines():
        kind, *fields = line.split()
        if kind == "some":
            for field in fields:
                name, _, value = field.partition("=")
                if name == "avg10":
                    return float(value) / 100
    return None


def read_cpu_pressure() -> float | None:
    """Read it now; None where the kernel keeps none."""
    try:
        return parse_some_avg10(Path("/proc/pressure/cpu").read_text("ascii"))
    except (OSError, ValueError):
        return None
