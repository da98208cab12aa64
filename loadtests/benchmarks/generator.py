"""What one request costs the load generator, beside Locust's FastHttpUser.

Our engine, with its rows, and FastHttpUser take turns against a server that does nothing. Each generator is a
process on the first processor, the server has the last. The cost is the process CPU clock over the window
divided by the requests completed in it. FastHttpUser sends as fast as it can, so it is saturated; our open
loop is offered three times what FastHttpUser reaches when it never waits, and a round counts only if all of
it was accepted. At the moderate rate both wake up for every request, which costs more than the request. Our
closed loop has as many busy connections as FastHttpUser, which is like for like: a busy process never sleeps.
At last, what the heartbeat of workers does to a slice (`loadtests.benchmarks.heartbeat`).
Figures: docs/generator.md, docs/scaling-out.md.
"""

import json
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from authbench.contracts.failure import Failure
from authbench.contracts.generator_protocol import CONNECTIONS
from loadtests.benchmarks.ending import parser_of, tell
from loadtests.benchmarks.heartbeat import SLICE_S_MAX, measure_heartbeat, print_heartbeat
from loadtests.benchmarks.pairs import PAIRS_MIN
from loadtests.harness.null_target import NullTarget, start_null_target
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.processes import Child
from loadtests.harness.processes.scratch import scratch_directory

MODERATE_RPS = 1000.0
"""About what `quick` offers on two cores."""
_SATURATION = 3.0
"""The saturating rate, over what FastHttpUser completes when it never waits."""
_PROBES = 7
_ANSWER_S = 60.0
_ATTEMPTS = 20
"""Of one round: on a shared machine the server may stall until our engine has as much in flight as it may."""


@dataclass
class Row:
    """One line of the table: a generator at a rate. Lists have one value a round."""

    generator: str
    rate: str
    cpu_us: list[float] = field(default_factory=list)
    rps: list[float] = field(default_factory=list)
    late_p50_us: list[float] = field(default_factory=list)
    late_p99_us: list[float] = field(default_factory=list)


class Bench:
    """The processes, and one round of each thing measured."""

    def __init__(self, target: NullTarget, locust: Child, round_s: float) -> None:
        self.round_s = round_s
        self.rounds_repeated = 0
        self.target = target
        self._locust = locust
        self._seed = 0

    def ours(self, row: Row, rate_rps: float | None) -> None:
        """Measure one round of our engine: a closed loop without a rate.

        A round in which not every request was accepted is measured again, and counted: requests without a
        reply cost less. Failure if that goes on.
        """
        for _ in range(_ATTEMPTS):
            self._seed += 1
            load = self.target.offer(rate_rps, self.round_s, self._seed)
            if load.reply.accepted == load.reply.scheduled:
                break
            self.rounds_repeated += 1
        else:
            raise Failure(
                f"our generator: not every request was accepted in {_ATTEMPTS} rounds "
                f"({load.reply.outcomes}): close what else runs on this machine"
            )
        row.cpu_us.append(load.reply.generator_cpu_ns / 1e3 / load.reply.completed)
        row.rps.append(load.reply.completed / self.round_s)
        if rate_rps is not None:  # in a closed loop nothing is due, so nothing is late
            late_us = (load.columns["sent_ns"] - load.columns["due_ns"]) / 1e3
            row.late_p50_us.append(float(np.percentile(late_us, 50)))
            row.late_p99_us.append(float(np.percentile(late_us, 99)))

    def fast_http_user(self, row: Row, rate_rps: float | None) -> None:
        """Measure one round of FastHttpUser: without pause, or paced to `rate_rps`."""
        order = {
            "url": f"http://127.0.0.1:{self.target.port}",
            "users": CONNECTIONS,
            "rate_rps": rate_rps,
            "duration_s": self.round_s,
        }
        self._locust.send(json.dumps(order).encode() + b"\n")
        reply = self._locust.read(_ANSWER_S + self.round_s)
        row.cpu_us.append(reply["cpu_ns"] / 1e3 / reply["completed"])
        row.rps.append(reply["completed"] / reply["elapsed_s"])


@contextmanager
def start_bench(round_s: float) -> Iterator[Bench]:
    """Start the null server on the last processor and both generators on the first; stop them at the end."""
    cpus = sorted(available_processors())
    command = [sys.executable, "-m", "loadtests.benchmarks.fast_http_user"]
    with (
        scratch_directory() as scratch,
        start_null_target(cpus[-1:], cpus[:1], scratch) as target,
        Child("FastHttpUser", command, cpus[:1], scratch / "fast_http_user.log") as locust,
    ):
        yield Bench(target, locust, round_s)


def measure(bench: Bench, rounds: int) -> dict[str, Any]:
    """What `--json` prints: every row measured once a round, the two generators in turn first."""
    first = Row("FastHttpUser", "saturating")
    for _ in range(_PROBES):
        bench.fast_http_user(first, None)
    saturating_rps = max(100.0, _SATURATION * max(first.rps) // 100 * 100)
    ours, closed = Row("authbench", "saturating"), Row("authbench closed loop", "saturating")
    theirs = Row("FastHttpUser", "saturating")
    our_moderate, their_moderate = Row("authbench", "moderate"), Row("FastHttpUser", "moderate")
    for _ in range(rounds):
        bench.ours(ours, saturating_rps)
        bench.fast_http_user(theirs, None)
        bench.ours(closed, None)
        bench.ours(our_moderate, MODERATE_RPS)
        bench.fast_http_user(their_moderate, MODERATE_RPS)
    table = [_line(row, theirs) for row in (ours, closed, theirs)]
    table += [_line(row, their_moderate) for row in (our_moderate, their_moderate)]
    return {
        "ratio_to_fasthttpuser": table[0]["ratio"],
        "ratio_min": table[0]["ratio_min"],
        "ratio_max": table[0]["ratio_max"],
        "closed_loop_ratio_to_fasthttpuser": table[1]["ratio"],
        "connections": CONNECTIONS,
        "rounds": rounds,
        "round_s": bench.round_s,
        "rounds_repeated": bench.rounds_repeated,
        "saturating_rps": saturating_rps,
        "moderate_rps": MODERATE_RPS,
        "table": table,
    }


def _line(row: Row, theirs: Row) -> dict[str, Any]:
    """Medians of a row; its ratio to FastHttpUser is made within each round."""
    ratios = [mine / other for mine, other in zip(row.cpu_us, theirs.cpu_us, strict=True)]
    return {
        "generator": row.generator,
        "rate": row.rate,
        "rps": statistics.median(row.rps),
        "cpu_us_per_request": statistics.median(row.cpu_us),
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "late_p50_us": statistics.median(row.late_p50_us) if row.late_p50_us else None,
        "late_p99_us": statistics.median(row.late_p99_us) if row.late_p99_us else None,
    }


def print_table(found: dict[str, Any]) -> None:
    """Print what `measure` found, for people."""
    print(f"\n{found['connections']} connections, generators on the first processor, server on the last;")
    print(
        f"medians of {found['rounds']} rounds of {found['round_s']:g} s; {found['rounds_repeated']} repeated"
    )
    row = "{:<24}{:<12}{:>11}{:>8}{:>28}{:>13}{:>13}".format
    heads = (
        "generator",
        "rate",
        "requests/s",
        "CPU us",
        "to FastHttpUser (min-max)",
        "late p50 us",
        "late p99 us",
    )
    print(row(*heads))
    for line in found["table"]:
        ratio = f"{line['ratio']:.3f} ({line['ratio_min']:.3f}-{line['ratio_max']:.3f})"
        late = ["-" if line[name] is None else f"{line[name]:.0f}" for name in ("late_p50_us", "late_p99_us")]
        rps, cpu_us = f"{line['rps']:.0f}", f"{line['cpu_us_per_request']:.0f}"
        print(row(line["generator"], line["rate"], rps, cpu_us, ratio, *late))
    if (heartbeat := found.get("heartbeat")) is not None:
        print_heartbeat(heartbeat)


def main() -> int:
    """Entry point; the exit status."""
    parser = parser_of("generator", __doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each measurement (default: 5)")
    parser.add_argument("--round-s", type=float, default=1.0, help="seconds of one (default: 1)")
    parser.add_argument(
        "--heartbeat-pairs",
        type=int,
        default=12,
        help=f"of slices with and without heartbeats of workers, {PAIRS_MIN} or more, or 0 (default: 12)",
    )
    options = parser.parse_args()

    def measure_all() -> dict[str, Any]:
        with start_bench(options.round_s) as bench, scratch_directory() as scratch:
            found = measure(bench, options.rounds)
            if options.heartbeat_pairs:
                found["heartbeat"] = measure_heartbeat(
                    bench.target,
                    sorted(available_processors())[:1],
                    MODERATE_RPS,
                    options.heartbeat_pairs,
                    min(options.round_s, SLICE_S_MAX),
                    scratch,
                )
        return found

    return tell(measure_all, print_table, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
