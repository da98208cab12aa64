"""What the heartbeat of a hub and a worker does to a slice that is measured beside them.

The load generator is on the first processor, the null server on the last one. A hub, a worker that has joined
it and the worker's idle engine share the generator's processor, where their heartbeats disturb it most:
Locust's each second in both directions, a sealed one each two seconds with its acknowledgement. Slices with
the three processes under way and slices with the three frozen (SIGSTOP: they take no time at all) are
measured in pairs.
`python -m loadtests.benchmarks.generator` prints the outcome as well. Figures: docs/scaling-out.md.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from authbench.contracts.workers.hub_protocol import WorkerTraffic
from loadtests.benchmarks.ending import parser_of, tell
from loadtests.benchmarks.local_workers import LocalWorkers, start_local_workers
from loadtests.benchmarks.pairs import (
    PAIRS_MIN,
    Figures,
    compare_in_pairs,
    figures_of,
    print_comparison,
    require_whole,
)
from loadtests.harness.load.generators import LoadReading
from loadtests.harness.null_target import NullTarget, start_null_target
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.scratch import scratch_directory

SLICE_S_MAX = 5.0
"""Frozen for longer, the hub and the worker would take each other for lost."""
_SETTLE_S = 0.3
"""After they go on: what was due while they were frozen is sent first."""


def measure_heartbeat(
    target: NullTarget, cpus: Iterable[int], rate_rps: float, pairs: int, slice_s: float, scratch: Path
) -> dict[str, Any]:
    """`with` over `without` heartbeats, for each figure of a slice; hub and worker are on `cpus`.

    `messages` travelled between hub and worker while all of it was measured.
    """
    own = sorted(cpus)
    with start_local_workers(1, own, own, scratch) as company:

        def offer(pair: int) -> tuple[LoadReading, Figures]:
            load = target.offer(rate_rps, slice_s, seed=1 + pair)
            return load, figures_of(load)

        def beating(pair: int) -> Figures:
            return require_whole(lambda: offer(pair))

        def frozen(pair: int) -> Figures:
            def offer_frozen() -> tuple[LoadReading, Figures]:
                _signal(company, signal.SIGSTOP)
                try:
                    return offer(pair)
                finally:
                    _signal(company, signal.SIGCONT)
                    time.sleep(_SETTLE_S)

            return require_whole(offer_frozen)

        before = _messages(company.hub.traffic().values())
        figures = compare_in_pairs(beating, frozen, pairs)
        messages = _messages(company.hub.traffic().values()) - before
    return {
        "pairs": pairs,
        "slice_s": slice_s,
        "rate_rps": rate_rps,
        "messages": messages,
        "figures": figures,
    }


def _signal(company: LocalWorkers, number: signal.Signals) -> None:
    for pid in company.pids.values():
        os.kill(pid, number)


def _messages(traffic: Iterable[WorkerTraffic]) -> int:
    """Sealed messages, both ways, as the hub counts them."""
    return sum(each.hub.sent + each.hub.heard for each in traffic)


def print_heartbeat(found: dict[str, Any]) -> None:
    """Print what `measure_heartbeat` found, for people."""
    print(
        f"\nheartbeats of a hub and a worker on the first processor, {found['rate_rps']:g} requests/s: "
        f"{found['pairs']} pairs\nof slices of {found['slice_s']:g} s; {found['messages']} sealed messages "
        "meanwhile"
    )
    print_comparison("with", "without", found["figures"])


def main() -> int:
    """Entry point; the exit status."""
    parser = parser_of("heartbeat", __doc__)
    parser.add_argument("--pairs", type=int, default=20, help=f"{PAIRS_MIN} or more (default: 20)")
    parser.add_argument(
        "--slice-s",
        type=float,
        default=2.0,
        help=f"seconds of one slice, {SLICE_S_MAX:g} at most (default: 2)",
    )
    parser.add_argument("--rate-rps", type=float, default=1000.0, help="(default: 1000)")
    options = parser.parse_args()
    if options.slice_s > SLICE_S_MAX:
        parser.error(f"--slice-s: {SLICE_S_MAX:g} at most")

    def measure() -> dict[str, Any]:
        cpus = sorted(available_processors())
        with (
            scratch_directory() as scratch,
            start_null_target(cpus[-1:], cpus[:1], scratch) as target,
        ):
            return measure_heartbeat(
                target, cpus[:1], options.rate_rps, options.pairs, options.slice_s, scratch
            )

    return tell(measure, print_heartbeat, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
