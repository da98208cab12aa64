"""A hub with workers on this machine, over loopback: what benchmarks of them have in common."""

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from authbench.contracts.workers.hub_protocol import WORKER_MODULE
from authbench.system.join_key import make_join_key
from loadtests.harness.load.channel import Channel
from loadtests.harness.load.generators import Generators
from loadtests.harness.load.hub import Hub
from loadtests.harness.load.meeting import Meeting
from loadtests.harness.processes.processes import Child

_HOST = "127.0.0.1"


@dataclass(frozen=True)
class LocalWorkers:
    """A hub and its workers, all joined and ready."""

    hub: Hub
    channels: Sequence[Channel]
    generators: Generators
    """The engines of all workers."""
    pids: Mapping[str, int]
    """Of the hub, and of each worker and its engine."""


@contextlib.contextmanager
def start_local_workers(
    count: int, cpus: Sequence[int], hub_cpus: Sequence[int], scratch: Path
) -> Iterator[LocalWorkers]:
    """Start a hub and `count` workers; stop them all at the end. Failure if a worker does not join."""
    key_file = scratch / "join.key"
    make_join_key(key_file)
    with contextlib.ExitStack() as stack:
        hub = Hub(Meeting(_HOST, 0, key_file), count, hub_cpus, scratch, lambda _: None)
        stack.callback(hub.stop)
        command = [sys.executable, "-m", WORKER_MODULE, _HOST, str(hub.port), str(key_file)]
        workers = [
            stack.enter_context(
                Child(f"worker {number}", [*command, str(number)], cpus, scratch / f"worker{number}.log")
            )
            for number in range(count)
        ]
        channels = hub.wait_for_workers()
        generators = Generators(channels, scratch)
        generators.wait_until_ready()
        pids = {"hub": hub.pid}
        for number, worker in enumerate(workers):
            (engine,) = psutil.Process(worker.pid).children()
            pids |= {f"worker {number}": worker.pid, f"engine {number}": engine.pid}
        yield LocalWorkers(hub, channels, generators, pids)
