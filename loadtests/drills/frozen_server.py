"""Drill: stop the server for a second under load. Do the figures show it?

The acceptance test for freedom from coordinated omission: a client that waits for replies before it sends
again (a closed loop) records a handful of slow requests; an open loop records every request that was due.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import redis

from authbench.contracts.experiment import Arm, Experiment, Workload
from authbench.contracts.failure import Failure
from authbench.contracts.records import SliceRecord
from loadtests.harness.processes.placement import Layout, available_processors, plan_layout
from loadtests.harness.processes.scratch import one_measurement_at_a_time, scratch_directory
from loadtests.harness.run.generation import fresh_generation, require_passed, start_bench
from loadtests.harness.run.slice import SlicePlan

_BEFORE_S = 1.0
_FROZEN_S = 1.0
_AFTER_S = 1.0
_LOOKS = 9
"""At the frozen process, and at the one that nothing is done to, evenly over the freeze."""

_SETTLE_NS = 50_000_000
"""From going on to the look that must find it running."""


@dataclass(frozen=True)
class FrozenServerResult:
    """What the generator saw of a server that stood still, and what was seen of the server itself.

    `analysis.rules` judges it: v36_injection whether it stood still, v04_coordinated_omission whether the
    figures show that.
    """

    arm: str
    rate_rps: float
    stopped_ns: int
    """From the slice's start, like every time below."""
    continued_ns: int
    due_ns: npt.NDArray[np.int64]
    done_ns: npt.NDArray[np.int64]
    """-1: never."""
    states_before: Sequence[str]
    """Of the server's process, as in /proc/PID/stat: T is stopped."""
    states_during: Sequence[str]
    states_after: Sequence[str]
    control_answers: int
    """PINGs that the store answered meanwhile: nothing was done to it."""
    record: SliceRecord

    @property
    def frozen_s(self) -> float:
        """How long the server stood still."""
        return (self.continued_ns - self.stopped_ns) / 1e9

    @property
    def longest_response_s(self) -> float:
        """From when it was due. 0 where nothing was answered."""
        answered = self.done_ns >= 0
        return float((self.done_ns - self.due_ns)[answered].max(initial=0) / 1e9)


class _Freeze:
    """Stops a server's process for a moment under load, and looks at it before, meanwhile and afterwards."""

    def __init__(self, pid: int, control: "redis.Redis") -> None:
        self._pid = pid
        self._control = control
        self.moments: list[int] = []
        self.before: list[str] = []
        self.during: list[str] = []
        self.after: list[str] = []
        self.control_answers = 0

    def __call__(self, start_ns: int) -> None:
        """Wait, stop it, look, let it go on; the two moments are noted from `start_ns` (monotonic)."""
        _sleep_until(start_ns + int(_BEFORE_S * 1e9))
        self._look(self.before)
        os.kill(self._pid, signal.SIGSTOP)
        stopped_ns = time.monotonic_ns()
        try:
            self.moments.append(stopped_ns - start_ns)
            for look in range(1, _LOOKS + 1):
                _sleep_until(stopped_ns + int(_FROZEN_S * 1e9 * look / (_LOOKS + 1)))
                self._look(self.during)
                self._ask_control()
            _sleep_until(stopped_ns + int(_FROZEN_S * 1e9))
        finally:
            self.moments.append(time.monotonic_ns() - start_ns)
            os.kill(self._pid, signal.SIGCONT)
        _sleep_until(time.monotonic_ns() + _SETTLE_NS)
        self._look(self.after)

    def _look(self, states: list[str]) -> None:
        states.append(process_state(Path(f"/proc/{self._pid}/stat").read_text("ascii")))

    def _ask_control(self) -> None:
        with contextlib.suppress(redis.RedisError):
            self.control_answers += bool(self._control.ping())


def process_state(stat: str) -> str:
    """The state's letter in /proc/PID/stat (proc(5)): it follows the command, which may contain anything."""
    return stat.rpartition(")")[2].split()[0]


def freeze_server(
    experiment: Experiment,
    workload: Workload,
    arm_label: str,
    rate_rps: float,
    seed: int,
    say: Callable[[str], None],
) -> FrozenServerResult:
    """Run one slice of three seconds against the arm, with the server stopped during the second one."""
    arms = {arm.label: arm for arm in experiment.arms}
    if arm_label not in arms:
        raise Failure(f"unknown arm {arm_label!r}: known are {', '.join(arms)}")
    layout = plan_layout(available_processors())
    with one_measurement_at_a_time(lambda: say("waiting: another run is measuring here")):
        say("starting fresh processes")
        with scratch_directory() as scratch:
            return _freeze(arms[arm_label], workload, rate_rps, seed, layout, scratch)


def _freeze(
    planned: Arm,
    workload: Workload,
    rate_rps: float,
    seed: int,
    layout: Layout,
    scratch: Path,
) -> FrozenServerResult:
    with (
        start_bench(layout, scratch, None, "authbench:drill") as bench,
        fresh_generation([planned], workload, bench, measure_memory=False) as generation,
    ):
        require_passed(generation.checks)
        generation.warm_up()
        arm = generation.arms[planned.label]
        freeze = _Freeze(arm.server.pid, generation.store.client)
        plan = SlicePlan(0, 0, 0, 0, planned.label, rate_rps, _BEFORE_S + _FROZEN_S + _AFTER_S, seed)
        record, columns = generation.meter.measure(plan, arm, freeze)
    stopped_ns, continued_ns = freeze.moments
    return FrozenServerResult(
        arm=planned.label,
        rate_rps=rate_rps,
        stopped_ns=stopped_ns,
        continued_ns=continued_ns,
        due_ns=columns["due_ns"],
        done_ns=columns["done_ns"],
        states_before=freeze.before,
        states_during=freeze.during,
        states_after=freeze.after,
        control_answers=freeze.control_answers,
        record=record,
    )


def _sleep_until(moment_ns: int) -> None:
    time.sleep(max(moment_ns - time.monotonic_ns(), 0) / 1e9)
