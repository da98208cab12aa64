"""Run a drill: one slice of three seconds, with the failure during its second second."""

import contextlib
import time
from collections.abc import Callable

import redis

from authbench.contracts.experiment import Experiment, Workload
from authbench.system.discovery import unknown
from loadtests.drills.drill import DrillResult, InstrumentDrill
from loadtests.drills.site.process_state import process_state
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.running_server import RunningServer
from loadtests.harness.processes.scratch import one_measurement_at_a_time, scratch_directory
from loadtests.harness.run.generation import fresh_generation, require_passed, start_bench
from loadtests.harness.run.slice import SliceSetting

_BEFORE_S = 1.0
_FAILURE_S = 1.0
_AFTER_S = 1.0
_LOOKS = 9
"""At the server's process, and at the store, evenly over the failure."""
_SETTLE_NS = 50_000_000
"""From the end of the failure to the look that must find the server running."""


class _Failure:
    """Begins a failure under load, ends it, and looks at the server before, meanwhile and afterwards."""

    def __init__(self, drill: InstrumentDrill, server: RunningServer, control: "redis.Redis") -> None:
        self._drill = drill
        self._server = server
        self._control = control
        self.moments: list[int] = []
        """Beginning and end, in ns from the slice's start."""
        self.states: list[str] = []
        """Of the server's process: one before the failure, `_LOOKS` during it, one after it."""
        self.control_answers = 0

    def __call__(self, start_ns: int) -> None:
        """Cause the failure in the slice that starts at `start_ns` (monotonic)."""
        _sleep_until(start_ns + int(_BEFORE_S * 1e9))
        self._look()
        self._drill.begin(self._server)
        begun_ns = time.monotonic_ns()
        try:
            self.moments.append(begun_ns - start_ns)
            for look in range(1, _LOOKS + 1):
                _sleep_until(begun_ns + int(_FAILURE_S * 1e9 * look / (_LOOKS + 1)))
                self._look()
                with contextlib.suppress(redis.RedisError):
                    self.control_answers += bool(self._control.ping())
            _sleep_until(begun_ns + int(_FAILURE_S * 1e9))
        finally:
            self.moments.append(time.monotonic_ns() - start_ns)
            self._drill.end(self._server)
        _sleep_until(time.monotonic_ns() + _SETTLE_NS)
        self._look()

    def _look(self) -> None:
        self.states.append(process_state(self._server.pid))


def run_drill(
    drill: InstrumentDrill,
    experiment: Experiment,
    workload: Workload,
    arm: str,
    rate_rps: float,
    seed: int,
    say: Callable[[str], None],
) -> DrillResult:
    """Run the drill on one arm of the experiment. Failure if there is no such arm."""
    arms = {each.label: each for each in experiment.arms}
    if arm not in arms:
        raise unknown("arm", arm, arms)
    layout = plan_layout(available_processors())
    with (
        one_measurement_at_a_time(lambda: say("waiting: another run is measuring here")),
        scratch_directory() as scratch,
    ):
        say("starting fresh processes")
        with (
            start_bench(layout, scratch, None, "authbench:drill") as bench,
            fresh_generation([arms[arm]], workload, bench, measure_memory=False) as generation,
        ):
            require_passed(generation.checks)
            generation.warm_up()
            target = generation.arms[arm]
            failure = _Failure(drill, target.server, generation.store.client)
            setting = SliceSetting(0, 0, 0, 0, arm, rate_rps, _BEFORE_S + _FAILURE_S + _AFTER_S, seed)
            record, columns = generation.meter.measure(setting, target, failure)
    stopped_ns, continued_ns = failure.moments
    return DrillResult(
        arm=arm,
        rate_rps=rate_rps,
        stopped_ns=stopped_ns,
        continued_ns=continued_ns,
        due_ns=columns["due_ns"],
        done_ns=columns["done_ns"],
        states_before=failure.states[:1],
        states_during=failure.states[1:-1],
        states_after=failure.states[-1:],
        control_answers=failure.control_answers,
        record=record,
    )


def _sleep_until(moment_ns: int) -> None:
    time.sleep(max(moment_ns - time.monotonic_ns(), 0) / 1e9)
