"""What one request costs the load generator, beside Locust's FastHttpUser: `make bench-generator`.

Our engine, with its rows, and FastHttpUser take turns against a server that does nothing. Each generator is a
process on the first processor, the server has the last. The cost is the process CPU clock over the window
divided by the requests completed in it. The saturating rate is three times what FastHttpUser reaches when it
never waits, measured first. FastHttpUser sends as fast as it can, so it is saturated; our open loop is
offered all of that rate, and a round counts only if all of it was accepted. At the moderate rate both wake up
for every request, which costs more than the request; it is printed too. Also at the saturating rate:

* closed loop: our engine with as many busy connections as FastHttpUser has, which is like for like. A busy
  process never sleeps; an open loop wakes up to send and again to read, and a wake-up has its price.
* bare sockets: an open loop of nothing but epoll, send and recv that wakes up for each of them. A generator
  that does not rest (`loadtests.generator.open_loop`) cannot go below it.

And with 10,000 kept-alive connections: all busy in a closed loop, or nearly all idle at the moderate rate.
`--soak` looks at memory instead: slices at the moderate rate, one after another. Figures: docs/generator.md.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from authbench.contracts.failure import Failure
from authbench.contracts.generator_protocol import CONNECTIONS
from loadtests.benchmarks.bench import Bench
from loadtests.benchmarks.memory import MemoryTrend, memory_trend, resident_kib
from loadtests.benchmarks.other_generators import installed
from loadtests.benchmarks.table import Row, print_table, summarise

MANY_CONNECTIONS = 10_000
MODERATE_RPS = 1000.0
"""About what `quick` offers on two cores."""
_SATURATION = 3.0
"""The saturating rate, over what FastHttpUser completes when it never waits."""
_PROBES = 7
_OTHER_FILES = 1000
"""Files of a process beside those connections, by far."""


def run(bench: Bench, rounds: int) -> tuple[float, list[Row]]:
    """(saturating rate, table): every row measured once a round, the two generators in turn first."""
    first = Row("FastHttpUser", "two_segments", "saturating")
    for _ in range(_PROBES):
        bench.fast_http_user(first, "two_segments", None)
    saturating_rps = max(100.0, _SATURATION * max(first.rps) // 100 * 100)
    rows: list[Row] = []
    for reply in bench.ports:
        for rate, offered in (("saturating", saturating_rps), ("moderate", MODERATE_RPS)):
            print(f"{reply.replace('_', ' ')}, {rate} rate", file=sys.stderr)
            rows += _compare(bench, rounds, reply, rate, offered)
    return saturating_rps, rows + _many_connections(bench, rounds)


def _many_connections(bench: Bench, rounds: int) -> list[Row]:
    """Our engine with thousands of connections; nothing where no process may have so many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < MANY_CONNECTIONS + _OTHER_FILES:
        print(
            f"left out: {MANY_CONNECTIONS} connections need {MANY_CONNECTIONS + _OTHER_FILES} open files and "
            f"{most} are allowed; raise the hard limit (ulimit -Hn)",
            file=sys.stderr,
        )
        return []
    print(f"two segments, {MANY_CONNECTIONS} connections", file=sys.stderr)
    closed = Row("authbench closed loop", "two_segments", "saturating", MANY_CONNECTIONS)
    idle = Row("authbench", "two_segments", "moderate", MANY_CONNECTIONS)
    bench.arm("many", "two_segments", MANY_CONNECTIONS)
    for _ in range(rounds):
        bench.ours(closed, "many", None, MANY_CONNECTIONS)
        bench.ours(idle, "many", MODERATE_RPS)
    bench.forget("many")
    return [idle, closed]


def _compare(bench: Bench, rounds: int, reply: str, rate: str, offered_rps: float) -> list[Row]:
    saturating = rate == "saturating"
    ours, theirs = Row("authbench", reply, rate), Row("FastHttpUser", reply, rate)
    closed, bare = Row("authbench closed loop", reply, rate), Row("bare sockets", reply, rate)
    others = installed(CONNECTIONS, bench.duration_s) if saturating else {}
    extra = {name: Row(name, reply, rate) for name in others}
    for number in range(rounds):
        if number % 2:
            bench.ours(ours, reply, offered_rps)
        bench.fast_http_user(theirs, reply, None if saturating else offered_rps)
        if not number % 2:
            bench.ours(ours, reply, offered_rps)
        bench.bare_sockets(bare, reply, offered_rps)
        if saturating:
            bench.ours(closed, reply, None)
        for name, row in extra.items():
            bench.other(row, reply, others[name])
    return [ours, bare, *([closed] if saturating else []), theirs, *extra.values()]


def soak(bench: Bench, duration_s: float) -> MemoryTrend:
    """Slices at the moderate rate, one after another; what our engine holds after each."""
    row = Row("authbench", "two_segments", "moderate")
    begin_s = time.monotonic()
    elapsed_s: list[float] = []
    rss_kib: list[float] = []
    while not elapsed_s or elapsed_s[-1] < duration_s:
        bench.ours(row, "two_segments", MODERATE_RPS)
        elapsed_s.append(time.monotonic() - begin_s)
        rss_kib.append(resident_kib(bench.engine_pid))
    return memory_trend(elapsed_s, rss_kib)


def main() -> int:
    """Entry point; the exit status."""
    parser = argparse.ArgumentParser(prog="make bench-generator", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    parser.add_argument("--rounds", type=int, default=5, help="of each measurement (default: 5)")
    parser.add_argument("--round-s", type=float, default=1.0, help="seconds of one (default: 1)")
    parser.add_argument("--soak", type=float, metavar="SECONDS", help="look at memory for so long, instead")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="authbench-") as folder, ExitStack() as ending:
            bench = Bench(Path(folder), options.round_s)
            ending.callback(bench.close)
            if options.soak is not None:
                trend = soak(bench, options.soak)
                print(json.dumps(asdict(trend)) if options.json else trend)
                return 0
            saturating_rps, rows = run(bench, options.rounds)
            conditions = {
                "saturating_rps": saturating_rps,
                "moderate_rps": MODERATE_RPS,
                "rounds_repeated": bench.rounds_repeated,
                "round_s": bench.duration_s,
                "generator_cpu": bench.generator_cpu,
                "server_cpu": bench.server_cpu,
            }
            told = summarise(conditions, rows)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return int(failure.exit_code)
    if options.json:
        print(json.dumps(told))
    else:
        print_table(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
