"""Do a hub and its workers stay together for an hour, first idle and then under load?

All of them run on this machine, over loopback. In the first half nothing is ordered: only heartbeats travel.
In the second half slice follows slice against a server that does nothing. For each half it prints what both
ends counted of their messages, what became of the requests, and by how much the memory of each process grew.
A worker that is lost ends it, with the minute. Figures: docs/scaling-out.md.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from authbench.contracts.card import Operation
from authbench.contracts.generator_protocol import PlannedRequest, SliceLoad
from authbench.contracts.workers.hub_protocol import Traffic
from loadtests.benchmarks.ending import parser_of, tell
from loadtests.benchmarks.local_workers import LocalWorkers, start_local_workers
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.processes import Child
from loadtests.harness.processes.scratch import scratch_directory
from loadtests.null_server import BODY, TOKEN_BYTES

_ARM = "null"
_CREDENTIALS = 1000
_CONNECTIONS = 16
_SLICE_S = 10.0
_START_S = 30.0
_TELL_S = 60.0
"""Between two lines of progress."""
_STEP_S = 1.0


@dataclass(frozen=True)
class Counts:
    """What was counted up to a moment, of all workers together and in both directions."""

    messages: int = 0
    """Sealed messages that either end sent."""
    lost: int = 0
    """Of these, those that did not arrive though a later one did."""
    resent: int = 0
    """Times that an order was sent again, because it was not acknowledged in time."""
    slices: int = 0
    requests: int = 0
    not_accepted: int = 0

    def __sub__(self, earlier: "Counts") -> "Counts":
        then = asdict(earlier)
        return Counts(**{name: value - then[name] for name, value in asdict(self).items()})


class Endurance:
    """A hub, its workers and a server; what was counted of them."""

    def __init__(self, workers: LocalWorkers, rate_rps: float, tell: Callable[[str], None]) -> None:
        """`tell` gets a line of progress each minute."""
        self._workers = workers
        self._rate_rps = rate_rps
        self._tell = tell
        self._began_s = self._told_s = time.monotonic()
        self._slices = self._requests = self._not_accepted = 0

    def idle(self, seconds: float) -> None:
        """Order nothing. Failure if a worker is lost."""
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            self._workers.hub.hear(min(_STEP_S, left_s))
            self._say("idle")

    def loaded(self, seconds: float) -> None:
        """Measure one slice after another. Failure if a worker is lost, or rows are not what it counted."""
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            load = SliceLoad(
                arm=_ARM,
                rate_rps=self._rate_rps,
                duration_s=min(_SLICE_S, left_s + _STEP_S),
                seed=self._slices,
                operations={Operation.READ: 1.0},
            )
            reply = self._workers.generators.offer(load).reply
            self._slices += 1
            self._requests += reply.scheduled
            self._not_accepted += reply.scheduled - reply.accepted
            self._say("loaded")

    def counts(self) -> Counts:
        """What was counted so far. It takes about as long as a worker's pause between two heartbeats."""
        hub = self._workers.hub
        while any(each.worker is None for each in hub.traffic().values()):
            hub.hear(_STEP_S)
        ends: list[Traffic] = []
        for each in hub.traffic().values():
            ends += [each.hub] if each.worker is None else [each.hub, each.worker]
        return Counts(
            messages=sum(end.sent for end in ends),
            lost=sum(end.missing for end in ends),
            resent=sum(end.resent for end in ends),
            slices=self._slices,
            requests=self._requests,
            not_accepted=self._not_accepted,
        )

    def memory_kib(self) -> dict[str, int]:
        """Resident memory of each process."""
        return {
            name: psutil.Process(pid).memory_info().rss // 1024 for name, pid in self._workers.pids.items()
        }

    def _say(self, phase: str) -> None:
        if time.monotonic() < self._told_s + _TELL_S:
            return
        self._told_s = time.monotonic()
        minutes = (self._told_s - self._began_s) / 60
        counts, memory = self.counts(), self.memory_kib()
        told = ", ".join(f"{name} {value}" for name, value in {**asdict(counts), **memory}.items())
        self._tell(f"minute {minutes:.1f}, {phase}: {told}")


def measure(
    minutes: float, count: int, rate_rps: float, scratch: Path, tell: Callable[[str], None]
) -> dict[str, Any]:
    """What `--json` prints. Failure as soon as a worker is lost."""
    cpus = sorted(available_processors())
    command = [sys.executable, "-m", "loadtests.null_server"]
    with (
        Child("the null server", command, cpus, scratch / "null_server.log") as server,
        start_local_workers(count, cpus, cpus, scratch) as workers,
    ):
        bearer = {"Authorization": f"Bearer {'x' * TOKEN_BYTES}"}
        planned = PlannedRequest(headers=bearer, expect=BODY.decode())
        port = int(server.read(_START_S)["port"])
        workers.generators.arm(
            _ARM, "127.0.0.1", port, {Operation.READ: [planned] * _CREDENTIALS}, _CONNECTIONS * count
        )
        endurance = Endurance(workers, rate_rps, tell)
        endurance.loaded(_STEP_S)  # what is imported and allocated once is no growth
        phases = []
        for name, spend in (("idle", endurance.idle), ("loaded", endurance.loaded)):
            counts, memory = endurance.counts(), endurance.memory_kib()
            began_s = time.monotonic()
            spend(minutes * 30)
            phases.append(
                {
                    "phase": name,
                    "minutes": (time.monotonic() - began_s) / 60,
                    **asdict(endurance.counts() - counts),
                    "memory_kib": [
                        {"process": process, "before": before, "growth": after - before}
                        for (process, before), after in zip(
                            memory.items(), endurance.memory_kib().values(), strict=True
                        )
                    ],
                }
            )
        return {"workers": count, "rate_rps": rate_rps, "phases": phases}


def print_table(found: dict[str, Any]) -> None:
    """Print what `measure` found, for people."""
    names = ("messages", "lost", "resent", "slices", "requests", "not_accepted")
    row = "{:<8}{:>9}{:>10}{:>6}{:>8}{:>8}{:>10}{:>14}".format
    print(f"\n{found['workers']} workers; {found['rate_rps']:g} requests/s while loaded")
    print(row("phase", "minutes", *(name.replace("_", " ") for name in names)))
    for phase in found["phases"]:
        print(row(phase["phase"], f"{phase['minutes']:.1f}", *(phase[name] for name in names)))
    row = "{:<12}{:>8}{:>14}{:>14}".format
    print()
    print(row("process", "KiB", *(f"{phase['phase']} growth" for phase in found["phases"])))
    for first, *rest in zip(*(phase["memory_kib"] for phase in found["phases"]), strict=True):
        growths = (f"{each['growth']:+d}" for each in (first, *rest))
        print(row(first["process"], first["before"], *growths))


def main() -> int:
    """Entry point; the exit status."""
    parser = parser_of("endurance", __doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="in all, half of it idle (default: 60)")
    parser.add_argument("--workers", type=int, default=2, help="(default: 2)")
    parser.add_argument("--rate-rps", type=float, default=200.0, help="of all workers (default: 200)")
    options = parser.parse_args()

    def progress(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    def measure_all() -> dict[str, Any]:
        with scratch_directory() as scratch:
            return measure(options.minutes, options.workers, options.rate_rps, scratch, progress)

    return tell(measure_all, print_table, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
