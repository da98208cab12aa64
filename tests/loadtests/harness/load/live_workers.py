"""A hub and workers as processes of their own, over loopback."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from authbench.contracts.card import Operation
from authbench.contracts.generator_protocol import PlannedRequest, SliceLoad
from authbench.contracts.workers.hub_protocol import WORKER_MODULE
from authbench.system.join_key import make_join_key
from loadtests.harness.load.generators import Generators
from loadtests.harness.load.hub import Hub
from loadtests.harness.load.meeting import Meeting
from loadtests.harness.processes.placement import available_processors
from tests.loadtests.scripted_server import body_of

READS = [
    PlannedRequest(headers={"X-User": f"user{n}"}, expect=body_of(f"user{n}").decode()) for n in range(200)
]
LOAD = SliceLoad(arm="arm", rate_rps=400, duration_s=0.3, seed=1, operations={Operation.READ: 1.0})
WORKER = [sys.executable, "-m", WORKER_MODULE]


@dataclass
class Site:
    """A hub, and the workers that were started for it."""

    hub: Hub
    address: str
    key_file: Path
    folder: Path
    told: list[str]
    workers: list["subprocess.Popen[str]"] = field(default_factory=list)

    def start_worker(
        self,
        name: str,
        key_file: Path | None = None,
        start: list[str] | None = None,
        environment: dict[str, str] | None = None,
        errors: int = subprocess.PIPE,
    ) -> "subprocess.Popen[str]":
        """`start`: another command than the worker's, of the same arguments. `errors`: its standard error."""
        arguments = [self.address, str(self.hub.port), str(key_file or self.key_file), name]
        process = subprocess.Popen(
            [*(start or WORKER), *arguments],
            stderr=errors,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        self.workers.append(process)
        return process

    def generators(self) -> Generators:
        generators = Generators(self.hub.wait_for_workers(60), self.folder)
        generators.wait_until_ready()
        return generators

    def wait_until_told(self, text: str) -> None:
        """Let the hub speak until it told a line with `text`."""
        until_s = time.monotonic() + 30
        while not any(text in line for line in self.told):
            assert time.monotonic() < until_s, f"{text!r} is not in {self.told}"
            self.hub.hear(0.1)


@contextmanager
def site(folder: Path, count: int, address: str = "127.0.0.1", port: int = 0) -> Iterator[Site]:
    """A hub for `count` workers, at a free port unless one is given. Every process ends with the block."""
    key_file = folder / "join.key"
    make_join_key(key_file)
    told: list[str] = []
    cpus = sorted(available_processors())
    hub = Hub(Meeting(address, port, key_file), count, cpus, folder, told.append)
    found = Site(hub, address, key_file, folder, told)
    try:
        yield found
    finally:
        found.hub.stop()
        for worker in found.workers:
            worker.kill()
            worker.communicate()


def family(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """The process and everything that descends from it."""
    own = psutil.Process(process.pid)
    return [own, *own.children(recursive=True)]


def wait_until_gone(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=60)
    assert [each for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []
