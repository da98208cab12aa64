"""Clocks: what times are taken with, whose CPU time can be read, how late a sleeping process wakes up."""

from collections.abc import Sequence

import numpy as np

from loadtests.harness.doctor.finding import Finding, good, note, unfit, warning
from loadtests.harness.telemetry.clock_source import MonotonicClock

_SLOW_SOURCES = ("acpi_pm", "hpet", "jiffies", "refined-jiffies", "pit")
"""Read through a device or counted in ticks: each timestamp costs a microsecond or is too coarse."""
_RESOLUTION_NS = 1_000
_LATE_WARNING_MS = 2.0
"""p99 from which a slice is tagged as measured by a late generator (V06)."""
_LATE_NOTE_MS = 0.5
"""To calibrate: p50 of a timerfd on an idle processor is 0.1 ms."""


def judge_clock(clock: MonotonicClock) -> Finding:
    """Every time of a run is of CLOCK_MONOTONIC: whether the wall clock is right does not matter."""
    name, source = "clock source", clock.source or "unknown"
    found = f"{source}, steps of {clock.resolution_ns:.0f} ns, {clock.read_ns:.0f} ns a reading"
    if clock.source in _SLOW_SOURCES or clock.resolution_ns > _RESOLUTION_NS:
        advice = "boot with clocksource=tsc, or use a machine whose kernel trusts its own counter"
        return warning(name, f"{found}: slow or coarse for times of a tenth of a millisecond", advice)
    return good(name, f"{found}; the wall clock is not used")


def judge_process_clocks(cpu_ns: int | None) -> Finding:
    """`cpu_ns`: CPU time of another process that has worked; None: clock_gettime(2) refused it."""
    if cpu_ns:
        return good("CPU clocks", "of other processes readable, to the nanosecond")
    return unfit(
        "CPU clocks",
        "CPU time of another process cannot be read: CPU per request is the first figure of a run",
        "run as the same user on Linux, outside a sandbox that forbids clock_gettime on processes",
    )


def judge_run_queue(wait_ns: int | None) -> Finding:
    """`wait_ns`: how long another process has waited for its processor; None: the kernel does not say."""
    if wait_ns is not None:
        return good("run queue", "waiting for a processor is readable")
    return note("run queue", "this kernel keeps no /proc/PID/schedstat: V10 judges by stolen time alone")


def judge_wake_ups(late_ns: Sequence[int], asked: int, why: str = "") -> Finding:
    """`late_ns`: lateness of each alarm that rang, of `asked`; `why` there were fewer, if that is known."""
    if len(late_ns) < max(asked, 1):
        return unfit(
            "wake-ups",
            f"{len(late_ns)} of {asked} timerfd alarms rang{': ' if why else ''}{why}",
            "use Linux with timerfd; the generator sends nothing on time without it",
        )
    p50_ms, p99_ms = (float(value) / 1e6 for value in np.percentile(late_ns, [50, 99]))
    found = f"timerfd rings {p50_ms:.2f} ms late at p50, {p99_ms:.2f} ms at p99 of {len(late_ns)}"
    if p99_ms > _LATE_WARNING_MS:
        return warning(
            "wake-ups",
            f"{found}: slices will be tagged as sent late, and latency refused",
            "end what else runs; a virtual machine may need more of its host's time",
        )
    return (note if p50_ms > _LATE_NOTE_MS else good)("wake-ups", found)
