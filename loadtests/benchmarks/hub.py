"""What an order to a worker costs the hub, by the number of workers: where would the hub become the limit?

The hub and 1, 2, 4 and 8 workers run on this machine, over loopback; their engines have nothing to do. An
order asks an engine for the time and is answered: two sealed messages, with their acknowledgements. Cost is
the process CPU clock of the hub over the window, divided by the orders. Then nothing is ordered for a while:
what is left are heartbeats. See docs/scaling-out.md.
"""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from authbench.contracts.generator_protocol import ClockOrder, ClockReply
from loadtests.benchmarks.ending import parser_of, tell
from loadtests.benchmarks.local_workers import start_local_workers
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.scratch import scratch_directory
from loadtests.harness.telemetry.cpu_clock import process_cpu_ns

_ANSWER_S = 30.0
_WARM_UP = 20


def measure(workers: int, orders: int, idle_s: float, scratch: Path) -> dict[str, Any]:
    """One line of the table: orders go to each worker in turn, one at a time."""
    cpus = sorted(available_processors())
    with start_local_workers(workers, cpus, cpus, scratch) as company:
        hub, channels = company.hub, company.channels
        trips_us: list[float] = []
        cpu_ns = 0
        for number in range(-_WARM_UP, orders):
            if number == 0:
                trips_us.clear()
                cpu_ns = process_cpu_ns(hub.pid)
            channel = channels[number % workers]
            sent_ns = time.monotonic_ns()
            channel.send(ClockOrder())
            channel.answer(ClockReply, _ANSWER_S)
            trips_us.append((time.monotonic_ns() - sent_ns) / 1e3)
        cpu_ns = process_cpu_ns(hub.pid) - cpu_ns
        idle_ns = process_cpu_ns(hub.pid)
        time.sleep(idle_s)
        idle_ns = process_cpu_ns(hub.pid) - idle_ns
        return {
            "workers": workers,
            "hub_cpu_us_per_order": cpu_ns / 1e3 / orders,
            "round_trip_p50_us": float(np.percentile(trips_us, 50)),
            "round_trip_p99_us": float(np.percentile(trips_us, 99)),
            "hub_idle_share": idle_ns / 1e9 / idle_s,
        }


def print_table(lines: list[dict[str, Any]]) -> None:
    """Print what `measure` found, for people."""
    row = "{:>7}{:>18}{:>20}{:>20}{:>14}".format
    print(row("workers", "hub CPU us/order", "round trip p50 us", "round trip p99 us", "hub idle, %"))
    for line in lines:
        *figures, idle = (line[name] for name in line if name != "workers")
        print(row(line["workers"], *(f"{figure:.0f}" for figure in figures), f"{100 * idle:.2f}"))


def main() -> int:
    """Entry point; the exit status."""
    parser = parser_of("hub", __doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8], help="(default: 1 2 4 8)")
    parser.add_argument("--orders", type=int, default=1000, help="of each measurement (default: 1000)")
    parser.add_argument("--idle-s", type=float, default=10.0, help="seconds without orders (default: 10)")
    options = parser.parse_args()

    def measure_each() -> list[dict[str, Any]]:
        with scratch_directory() as scratch:
            return [measure(count, options.orders, options.idle_s, scratch) for count in options.workers]

    return tell(measure_each, print_table, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
