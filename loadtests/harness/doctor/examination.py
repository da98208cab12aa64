"""Read the machine, try what a run will start, and judge each reading."""

import os
import platform
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from authbench.contracts.run_directory import is_text
from loadtests.harness.doctor import clocks, other_load, processors, resources, software
from loadtests.harness.doctor.finding import Diagnosis, Finding, diagnose
from loadtests.harness.doctor.trial import WAKE_UPS, try_sleeper, try_store
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.scratch import one_measurement_at_a_time, scratch_directory
from loadtests.harness.telemetry.cgroup import read_cpu_allowance, read_memory_left
from loadtests.harness.telemetry.clock_source import read_monotonic_clock
from loadtests.harness.telemetry.governor import read_governors
from loadtests.harness.telemetry.machine import describe_machine
from loadtests.harness.telemetry.other_processes import BusyProcess, busiest, read_cpu_use
from loadtests.harness.telemetry.pressure import read_cpu_pressure
from loadtests.harness.telemetry.reading import Observed
from loadtests.harness.telemetry.readings.steal import Steal

_WATCH_S = 1.5
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_LOCK_FILE = Path(__file__).resolve().parents[3] / "requirements.lock"
_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")


@dataclass(frozen=True)
class _Watched:
    """What changed while the doctor slept."""

    steal: dict[int, float]
    throttled: int
    swapped_bytes: int
    busy: list[BusyProcess]


def _watch(cpus: set[int]) -> _Watched:
    """Two readings with a sleep between them: whoever works meanwhile is not this process."""
    use, swap, allowance = read_cpu_use(), psutil.swap_memory(), read_cpu_allowance()
    steal, observed = Steal(), Observed(None, None, [], sorted(cpus))
    before, begin_s = steal.read(observed), time.monotonic()
    time.sleep(_WATCH_S)
    after, wall_s = steal.read(observed), time.monotonic() - begin_s
    allowance_after, swap_after = read_cpu_allowance(), psutil.swap_memory()
    return _Watched(
        steal=steal.between(before, after),
        throttled=allowance_after.throttled_periods - allowance.throttled_periods,
        swapped_bytes=swap_after.sin + swap_after.sout - swap.sin - swap.sout,
        busy=busiest(use, read_cpu_use(), wall_s),
    )


def examine(results: Path, redis_url: str | None, say: Callable[[str], None]) -> Diagnosis:
    """Look at everything a run depends on. Takes about `_WATCH_S` and two seconds more.

    Waits while a run measures here: it would be measured too. Leaves nothing running and writes nothing
    but its scratch directory.
    """
    with one_measurement_at_a_time(lambda: say("waiting: a run is measuring here")):
        say(f"watching the machine for {_WATCH_S:g} s, then starting a store and a timer")
        pressure = read_cpu_pressure()  # of the ten seconds before us
        watched = _watch(available_processors())
        findings = [
            *_about_processors(watched, pressure),
            *_about_resources(results, watched),
            *_about_trials(redis_url),
            *_about_software(),
        ]
    return diagnose(describe_machine(), findings)


def _about_processors(watched: _Watched, pressure: float | None) -> Iterator[Finding]:
    available, machine = available_processors(), describe_machine()
    yield processors.judge_processors(available, os.cpu_count() or 1)
    yield processors.judge_quota(read_cpu_allowance(), len(available), watched.throttled)
    yield processors.judge_governor(read_governors(available), machine.virtualized)
    yield other_load.judge_steal(watched.steal)
    yield other_load.judge_pressure(pressure, os.getloadavg()[0], len(available))
    yield other_load.judge_other_processes(watched.busy)


def _about_resources(results: Path, watched: _Watched) -> Iterator[Finding]:
    yield resources.judge_memory(psutil.virtual_memory().available, read_memory_left())
    yield resources.judge_swap(psutil.swap_memory().used, watched.swapped_bytes)
    yield resources.judge_results(str(results), is_text(results))
    there = next(folder for folder in (results.absolute(), *results.absolute().parents) if folder.exists())
    yield resources.judge_disk(shutil.disk_usage(there).free, ascii(str(results))[1:-1])
    yield resources.judge_descriptors(*resource.getrlimit(resource.RLIMIT_NOFILE))
    first, last = map(int, _PORTS.read_text("ascii").split())
    yield resources.judge_ports(first, last)


def _about_trials(redis_url: str | None) -> Iterator[Finding]:
    layout = plan_layout(available_processors())
    with scratch_directory() as scratch:
        sleeper = try_sleeper(scratch, layout.generator)
        store = try_store(redis_url, scratch, layout.store)
    yield clocks.judge_clock(read_monotonic_clock())
    yield clocks.judge_process_clocks(sleeper.cpu_ns)
    yield clocks.judge_run_queue(sleeper.run_queue_wait_ns)
    yield clocks.judge_wake_ups(sleeper.late_ns, WAKE_UPS, sleeper.failure)
    yield software.judge_store(store)


def _about_software() -> Iterator[Finding]:
    yield software.judge_python(
        platform.python_version(), platform.python_implementation(), hasattr(sys, "gettotalrefcount")
    )
    locked = _LOCK_FILE.read_text("utf-8") if _LOCK_FILE.is_file() else ""
    installed = {name: _installed(name) for name in software.MEASURED_PATH}
    yield software.judge_libraries(installed, software.locked_versions(locked))
    yield software.judge_browser(next((path for name in _BROWSERS if (path := shutil.which(name))), None))


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
