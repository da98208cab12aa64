"""Other load on the processors: the hypervisor, waiting tasks, other processes."""

from collections.abc import Mapping, Sequence

from authbench.words.counting import counted
from loadtests.harness.doctor.finding import Finding, good, note, warning
from loadtests.harness.telemetry.other_processes import BusyProcess

_STEAL_WARNING = 0.05
"""Of wall time: where a slice is tagged as measured on a machine that was not quiet (V10)."""
_PRESSURE_WARNING = 0.10
"""Of the last ten seconds: the same rule's limit for a server that waits for its processor."""
_BUSY_NOTE = 0.05
"""Processor-seconds a second of all other processes: more than a resting desktop uses."""
_BUSY_WARNING = 0.20
"""To calibrate: a fifth of a processor moves the twin by more than the margin of 5 %."""
_NAMED = 3
"""Processes worth naming."""


def judge_steal(shares: Mapping[int, float]) -> Finding:
    """`shares`: of wall time stolen while the doctor watched, by processor."""
    worst = max(shares.values(), default=0.0)
    if worst <= 0:
        return good("stolen time", "none while this looked")
    found = f"{worst:.1%} of a processor's time went to other virtual machines"
    if worst <= _STEAL_WARNING:
        return note("stolen time", found)
    advice = "measure at another hour, or on a machine with processors of its own"
    return warning("stolen time", found, advice)


def judge_pressure(some_avg10: float | None, load_1min: float, available: int) -> Finding:
    """`some_avg10`: share of the last 10 s in which a task waited for a processor; None: kernel keeps none.

    Then the load average of the last minute stands in for it: more than half of the processors is a warning.
    """
    if some_avg10 is None:
        busy = load_1min > available / 2
        found = (
            f"load average {load_1min:.2f} on {counted(available, 'processor')} (no pressure figures to read)"
        )
    else:
        busy = some_avg10 > _PRESSURE_WARNING
        found = f"tasks waited for a processor in {some_avg10:.0%} of the last 10 s; load {load_1min:.2f}"
    if not busy:
        return good("load", found)
    return warning("load", found, "wait until the machine is idle, or end what is named below")


def judge_other_processes(busy: Sequence[BusyProcess]) -> Finding:
    """`busy`: what other processes used while the doctor watched, the busiest first."""
    total = sum(process.processors for process in busy)
    top = ", ".join(f"{one.name} (pid {one.pid}) {one.processors:.0%}" for one in busy[:_NAMED])
    if total <= _BUSY_NOTE:
        return good("other processes", f"{total:.0%} of one processor together")
    found = f"{total:.0%} of one processor together: {top}"
    if total <= _BUSY_WARNING:
        return note("other processes", found)
    return warning("other processes", found, "end them while you measure")
