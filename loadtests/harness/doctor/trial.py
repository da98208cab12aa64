"""What is really started to see that it works: a Redis, and a process that sleeps like the generator."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from authbench.contracts.failure import Failure
from loadtests.harness.doctor.software import StoreTrial
from loadtests.harness.processes.processes import Child
from loadtests.harness.processes.redis_server import connect_redis, start_redis
from loadtests.harness.telemetry.cpu_clock import process_cpu_ns, run_queue_wait_ns

WAKE_UPS = 200
_WAKE_UPS_S = 30.0


def try_store(redis_url: str | None, scratch: Path, cpus: Iterable[int]) -> StoreTrial:
    """Start a Redis as a run would, or reach the user's: PING, version, stop."""
    try:
        running = connect_redis(redis_url) if redis_url else start_redis(scratch, cpus)
    except Failure as failure:
        return StoreTrial(None, failure=str(failure))
    try:
        return StoreTrial(running.source, running.server)
    finally:
        running.stop()


@dataclass(frozen=True)
class SleeperTrial:
    """A process that was woken up, and what of it could be read from here."""

    late_ns: tuple[int, ...] = ()
    cpu_ns: int | None = None
    run_queue_wait_ns: int | None = None
    failure: str = ""


def try_sleeper(scratch: Path, cpus: Iterable[int]) -> SleeperTrial:
    """Let the generator's timer ring in a process of its own, and read that process's clocks."""
    command = [sys.executable, "-m", "loadtests.generator.wake_ups", str(WAKE_UPS)]
    with Child("the sleeper", command, cpus, scratch / "sleeper.log") as child:
        try:
            late_ns = tuple(int(value) for value in child.read(_WAKE_UPS_S)["lateness_ns"])
        except Failure as failure:
            return SleeperTrial(failure=str(failure))
        try:
            cpu_ns = process_cpu_ns(child.pid)
        except OSError:
            cpu_ns = None
        return SleeperTrial(late_ns, cpu_ns, run_queue_wait_ns(child.pid))
