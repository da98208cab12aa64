"""Does it matter whether the load comes from a load generator of this machine or from two workers?

An A/A comparison: one server, one rate, one machine; slices by one engine on a pipe and slices by the engines
of two workers that joined a hub, in pairs. Generators, workers and hub share the first processor
where there are two, so this is the worst case: workers on hosts of their own do not.
"""

import sys
from typing import Any

from authbench.contracts.card import Operation
from authbench.contracts.experiment import Arm, find_workload
from authbench.contracts.generator_protocol import SliceLoad
from loadtests.benchmarks.ending import parser_of, tell
from loadtests.benchmarks.local_workers import start_local_workers
from loadtests.benchmarks.pairs import (
    PAIRS_MIN,
    Figures,
    compare_in_pairs,
    figures_of,
    print_comparison,
    require_whole,
)
from loadtests.harness.load.generators import Generators, LoadReading
from loadtests.harness.population import lay_out_reads
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.scratch import one_measurement_at_a_time, scratch_directory
from loadtests.harness.run.generation import fresh_generation, require_passed, start_bench
from loadtests.harness.telemetry.cpu_clock import process_cpu_ns

_WORKERS = 2
_ARM = "aa"
_CREDENTIALS = 1000


def measure(scheme: str, rate_rps: float, pairs: int, slice_s: float) -> dict[str, Any]:
    """One local generator over two workers, for each figure. Failure if a request is not accepted."""
    layout = plan_layout(available_processors())
    workload = find_workload("read").model_copy(update={"credentials": _CREDENTIALS})
    with (
        one_measurement_at_a_time(
            lambda: print("waiting: another run is measuring here", file=sys.stderr, flush=True)
        ),
        scratch_directory() as scratch,
        start_bench(layout, scratch, None, "authbench:carriers") as bench,
        start_local_workers(_WORKERS, layout.generator, layout.harness, scratch) as workers,
        fresh_generation(
            [Arm(scheme=scheme)], workload, bench, measure_memory=False, whole_life=False
        ) as generation,
    ):
        require_passed(generation.checks)
        generation.warm_up()
        ((_, arm),) = generation.arms.items()
        server = arm.server
        reads = {Operation.READ: lay_out_reads(server, arm.population)}
        for generators in (bench.generators, workers.generators):
            generators.arm(_ARM, server.host, server.port, reads)
            generators.closed_loop_rps(_ARM, slice_s, connections=16, seed=0)

        def by(generators: Generators, pair: int) -> Figures:
            load = SliceLoad(
                arm=_ARM,
                rate_rps=rate_rps,
                duration_s=slice_s,
                seed=1 + pair,
                operations={Operation.READ: 1.0},
            )

            def offer() -> tuple[LoadReading, Figures]:
                before_ns = sum(map(process_cpu_ns, server.pids))
                reading = generators.offer(load)
                cpu_ns = sum(map(process_cpu_ns, server.pids)) - before_ns
                served_us = {"server_cpu_us_per_request": cpu_ns / 1e3 / reading.reply.completed}
                return reading, served_us | figures_of(reading)

            return require_whole(offer)

        figures = compare_in_pairs(
            lambda pair: by(bench.generators, pair), lambda pair: by(workers.generators, pair), pairs
        )
    return {"scheme": scheme, "rate_rps": rate_rps, "pairs": pairs, "slice_s": slice_s, "figures": figures}


def print_table(found: dict[str, Any]) -> None:
    """Print what `measure` found, for people."""
    print(
        f"\n{found['scheme']} at {found['rate_rps']:g} requests/s: {found['pairs']} pairs of slices of "
        f"{found['slice_s']:g} s"
    )
    print_comparison("local", "two workers", found["figures"])


def main() -> int:
    """Entry point; the exit status."""
    parser = parser_of("carriers", __doc__)
    parser.add_argument("--scheme", default="jwt-hs256", help="of the server (default: jwt-hs256)")
    parser.add_argument("--rate-rps", type=float, default=500.0, help="(default: 500)")
    parser.add_argument("--pairs", type=int, default=20, help=f"{PAIRS_MIN} or more (default: 20)")
    parser.add_argument("--slice-s", type=float, default=1.0, help="seconds of one slice (default: 1)")
    options = parser.parse_args()
    return tell(
        lambda: measure(options.scheme, options.rate_rps, options.pairs, options.slice_s),
        print_table,
        as_json=options.json,
    )


if __name__ == "__main__":
    sys.exit(main())
