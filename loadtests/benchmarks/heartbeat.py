"""What the heartbeat of a hub and a worker does to a slice that is measured beside them.

The load generator is on the first processor, the null server on the last one. A hub, a worker that has joined
it and the worker's idle engine share the generator's processor, where their heartbeats disturb it most:
Locust's each second in both directions, a sealed one each two seconds with its acknowledgement. Slices with
the three processes under way and slices with the three frozen (SIGSTOP: they take no time at all) are
measured in pairs.
`python -m loadtests.benchmarks.generator` prints the outcome.
"""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from authbench.contracts.workers.hub_protocol import WorkerTraffic
from loadtests.benchmarks.local_workers import LocalWorkers, start_local_workers
from loadtests.benchmarks.pairs import Figures, compare_in_pairs, figures_of, require_whole
from loadtests.harness.load.generators import LoadReading
from loadtests.harness.null_target import NullTarget

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
