"""Drill: stop the server for a second under load. Do the figures show it?

The acceptance test for freedom from coordinated omission: a client that waits for replies before it sends
again (a closed loop) records a handful of slow requests; an open loop records every request that was due.
"""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from authbench.experiment import Experiment, Workload
from authbench.failure import Failure
from authbench.records import SliceRecord
from loadtests.harness.generation import Bench, fresh_generation, require_passed
from loadtests.harness.generator import Generator
from loadtests.harness.placement import Layout, available_processors, plan_layout
from loadtests.harness.scratch import one_measurement_at_a_time, scratch_directory
from loadtests.harness.slice import Columns, SlicePlan

_BEFORE_S = 1.0
_FROZEN_S = 1.0
_AFTER_S = 1.0
_SHARE = 0.9
"""Of rate x frozen time must be seen late."""


@dataclass(frozen=True)
class FrozenServerResult:
    """What the generator saw of a server that stood still."""

    arm: str
    rate_rps: float
    frozen_s: float
    due_while_frozen: int
    late: int
    """Due while the server stood still and answered only after it went on."""
    expected: float
    """The least number of late requests that the figures must show."""
    longest_response_s: float
    record: SliceRecord

    @property
    def seen(self) -> bool:
        """Whether the figures show the freeze."""
        return self.late >= self.expected


def count_late(columns: Columns, stopped_ns: int, continued_ns: int) -> tuple[int, int]:
    """(due, late) of the requests due between the two moments, both from the slice's start.

    Late: no reply before the server went on. A request never answered is late.
    """
    due, done = columns["due_ns"], columns["done_ns"]
    inside = (due >= stopped_ns) & (due < continued_ns)
    late = inside & ((done < 0) | (done >= continued_ns))
    return int(inside.sum()), int(late.sum())


def freeze_server(
    experiment: Experiment,
    workload: Workload,
    arm_label: str,
    rate_rps: float,
    seed: int,
    say: Callable[[str], None],
) -> FrozenServerResult:
    """Run one slice of three seconds against the arm, with the server stopped during the second one."""
    labels = [arm.label for arm in experiment.arms]
    if arm_label not in labels:
        raise Failure(f"unknown arm {arm_label!r}: known are {', '.join(labels)}")
    # The drill needs this arm alone.
    only = [arm for arm in experiment.arms if arm.label == arm_label]
    experiment = experiment.model_copy(update={"arms": only})
    layout = plan_layout(available_processors())
    with one_measurement_at_a_time(lambda: say("waiting: another run is measuring here")):
        say("starting fresh processes")
        with scratch_directory() as scratch:
            return _freeze(experiment, workload, arm_label, rate_rps, seed, layout, scratch)


def _freeze(
    experiment: Experiment,
    workload: Workload,
    arm_label: str,
    rate_rps: float,
    seed: int,
    layout: Layout,
    scratch: Path,
) -> FrozenServerResult:
    generator = Generator(layout.generator, scratch)
    try:
        generator.wait_until_ready()
        bench = Bench(generator, layout, scratch, None, "authbench:drill")
        with fresh_generation(experiment, workload, bench, measure_memory=False) as generation:
            require_passed(generation.checks)
            generation.warm_up()
            arm = generation.arms[arm_label]
            moments: list[int] = []

            def stop_and_go_on(start_ns: int) -> None:
                _sleep_until(start_ns + int(_BEFORE_S * 1e9))
                os.kill(arm.server.pid, signal.SIGSTOP)
                try:
                    moments.append(time.monotonic_ns() - start_ns)
                    time.sleep(_FROZEN_S)
                finally:
                    moments.append(time.monotonic_ns() - start_ns)
                    os.kill(arm.server.pid, signal.SIGCONT)

            plan = SlicePlan(0, 0, 0, 0, arm_label, rate_rps, _BEFORE_S + _FROZEN_S + _AFTER_S, seed)
            record, columns = generation.meter.measure(plan, arm, stop_and_go_on)
    finally:
        generator.child.stop()
    stopped_ns, continued_ns = moments
    due, late = count_late(columns, stopped_ns, continued_ns)
    return FrozenServerResult(
        arm=arm_label,
        rate_rps=rate_rps,
        frozen_s=(continued_ns - stopped_ns) / 1e9,
        due_while_frozen=due,
        late=late,
        expected=_SHARE * rate_rps * _FROZEN_S,
        longest_response_s=float((columns["done_ns"] - columns["due_ns"]).max() / 1e9),
        record=record,
    )


def _sleep_until(moment_ns: int) -> None:
    time.sleep(max(moment_ns - time.monotonic_ns(), 0) / 1e9)
