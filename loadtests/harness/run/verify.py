"""Verification alone: real servers and a real store, no load."""

from collections.abc import Callable, Sequence

from authbench.contracts.experiment import Arm, Workload
from authbench.contracts.records import CheckResult
from authbench.words.counting import counted
from loadtests.harness.processes.descriptors import require_descriptors
from loadtests.harness.processes.fork_server import ForkServer
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.redis_server import check_store
from loadtests.harness.processes.scratch import one_measurement_at_a_time, scratch_directory
from loadtests.harness.run.generation import fresh_generation, start_bench

_CONTROL = "none"
_PATIENT: dict[str, bool | int | float | str] = {"store_deadline_ms": 5000, "database_deadline_ms": 10_000}
"""What is verified is not how fast it is: many servers start on few processors, and a store that is late on a
busy machine would look like a scheme that refuses.
"""


def verify_schemes(
    schemes: Sequence[str], workload: Workload, redis_url: str | None, say: Callable[[str], None]
) -> list[CheckResult]:
    """The result of every check on each scheme. The control comes first: the others are compared with it."""
    names = [_CONTROL, *(name for name in schemes if name != _CONTROL)]
    arms = [Arm(scheme=name, settings=_PATIENT) for name in names]
    require_descriptors(arms, workload)
    check_store(redis_url)  # a mistake is reported before anything is started
    layout = plan_layout(available_processors())
    with (
        one_measurement_at_a_time(lambda: say("waiting: a run is measuring here")),
        scratch_directory() as scratch,
        ForkServer() as forks,
        start_bench(layout, scratch, redis_url, "authbench:verify") as bench,
    ):
        say(f"starting and verifying {counted(len(names), 'scheme')}")
        # Nothing is measured: servers need no second of imports each.
        bench.hosts.this.start = forks.start
        with fresh_generation(arms, workload, bench, measure_memory=False) as generation:
            return generation.checks
