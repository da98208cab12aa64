"""Processors: how many, how fast, and whether all of their time is ours."""

from collections.abc import Mapping

from authbench.words.counting import counted
from loadtests.harness.doctor.finding import Finding, good, note, unfit, warning
from loadtests.harness.processes.placement import plan_layout, record_placement
from loadtests.harness.telemetry.cgroup import CpuAllowance


def judge_processors(available: set[int], logical: int) -> Finding:
    """`available`: the processors this process may use, of `logical` in the machine.

    With one, everything shares it: latency cannot be told apart from waiting. With two, the application
    has one to itself. From three on nothing that is measured is shared.
    """
    layout = plan_layout(available)
    shared = record_placement(list(layout.app), list(layout.generator), list(layout.store), []).shared
    count = f"{len(available)} of {logical}" if len(available) != logical else str(logical)
    if not shared:
        return good("processors", f"{count}: application, store and generator each apart")
    if len(available) == 1:
        return warning(
            "processors",
            f"{count}: application, generator and store share it, so latency says nothing",
            "use a machine, or a container, with two processors or more",
        )
    return note(
        "processors",
        f"{count}: the application has one to itself; {'; '.join(shared)}",
        "three or more keep the store apart from the generator: latency is refused less often",
    )


def judge_quota(allowance: CpuAllowance, available: int, throttled_meanwhile: int) -> Finding:
    """`throttled_meanwhile`: periods in which the group was stopped while the doctor only watched.

    A quota stops every process for the rest of a period (100 ms by default, Linux sched-bwc.rst) once it is
    used up, which a slice of 250 ms takes for a slow server.
    """
    name = "processor quota"
    advice = "lift the quota of this container, or give it as many processors as it may use"
    if allowance.processors is None:
        return good(name, "none: no control group limits processor time")
    found = f"{allowance.processors:.2g} of {available} processors' time"
    if allowance.processors < 1:
        return unfit(name, f"{found}: the application would be stopped in the middle of slices", advice)
    if throttled_meanwhile:
        found = f"{found}; it was used up {counted(throttled_meanwhile, 'time')} while only this looked"
        return warning(name, found, advice)
    if allowance.processors < available:
        return warning(name, f"{found}: used up under load, everything stops", advice)
    return good(name, f"{found}: as many as there are")


def judge_governor(governors: Mapping[int, str], virtualized: bool | None) -> Finding:
    """A governor that follows the load makes an idle server slow, and the quieter arm the slower one.

    Turbo may stay on: arms take turns several times a second, so they share its ups and downs.
    """
    if not governors:
        why = "virtual machine: its host decides" if virtualized else "this kernel does not show it"
        return note("frequency", f"no governor to read ({why}); the twin shows its noise")
    others = sorted({governor for governor in governors.values() if governor != "performance"})
    if not others:
        return good("frequency", "governor 'performance' on every processor")
    return warning(
        "frequency",
        f"governor {', '.join(map(repr, others))}: the speed follows the load",
        "cpupower frequency-set --governor performance (as root), for as long as you measure",
    )
