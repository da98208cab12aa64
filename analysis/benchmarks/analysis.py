"""Measure the cost of analysing many requests: `python -m analysis.benchmarks.analysis [--rows N] [--json]`.

For a tenth, a quarter, a half and all of the rows it writes a synthetic run, which does not count. It derives
everything from that run by the command a user would type, in a process of its own, and measures wall time,
CPU time and peak memory of that process, its start included. Linear: one more row costs the same in a long
run as in a short one, in CPU time, which other work on the machine disturbs less. Differences between sizes
are compared, because the fixed cost of every report would hide a curve.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from analysis.benchmarks.synthetic_run import write_synthetic_run
from authbench.contracts.failure import ExitCode, Failure

PROMISE_ROWS = 10_000_000
PROMISE_S = 60.0
PROMISE_MIB = 2048.0
CURVE_LIMIT = 1.3
"""Largest ratio of the cost of one more row in the longest run to that in the shortest: 1 is linear."""
BUSY = 1.5
"""Smallest ratio of wall time to CPU time at which other work on the machine is blamed."""
LEAST_ROWS = 600_000
PARTS = (1 / 10, 1 / 4, 1 / 2, 1)


@dataclass(frozen=True)
class Cost:
    """What deriving one run took."""

    rows: int
    wall_s: float
    cpu_s: float
    peak_mib: float
    """Resident memory at its highest (getrusage)."""


def derive_cost(raw_run: Path, rows: int, results: Path) -> Cost:
    """Derive one run in a process of its own. Failure if it does not come out VALID."""
    command = [sys.executable, "-m", "authbench", "report", str(raw_run), "--results", str(results)]
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            output.seek(0)
            lines = output.read().decode(errors="replace").splitlines()
            raise Failure(
                f"the synthetic run of {rows} rows was not derived (exit {child.returncode}): "
                f"{' '.join(lines[:20])}",
                ExitCode.INTERNAL,
            )
    return Cost(rows, wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def measure(rows: int) -> list[Cost]:
    """Measure a cost for each of `PARTS`; only one run is on disk at a time. Failure if rows are too few."""
    if rows < LEAST_ROWS:
        raise Failure(f"--rows {rows}: give at least {LEAST_ROWS}: a tenth of it must make a run")
    found = []
    for part in PARTS:
        with tempfile.TemporaryDirectory(prefix="authbench-") as folder:
            results = Path(folder)
            print(f"writing {round(rows * part)} rows", file=sys.stderr)
            path, written = write_synthetic_run(results / "raw", round(rows * part))
            found.append(derive_cost(path, written, results))
    return found


def slope(costs: Sequence[Cost], what: str) -> float:
    """Slope of log(cost) on log(rows), by least squares: 1 is linear, 2 is quadratic."""
    logs = np.log([[cost.rows, getattr(cost, what)] for cost in costs])
    return float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0])


def further_us(costs: Sequence[Cost]) -> list[float]:
    """CPU time in microseconds that one more row costs, between each size and the next."""
    return [
        (after.cpu_s - before.cpu_s) * 1e6 / (after.rows - before.rows)
        for before, after in itertools.pairwise(costs)
    ]


def kept(costs: Sequence[Cost]) -> dict[str, bool]:
    """Whether each promise is kept. Time and memory are scaled up where more rows were measured."""
    largest, further = costs[-1], further_us(costs)
    scale = max(1.0, largest.rows / PROMISE_ROWS)
    return {
        f"at most {PROMISE_S * scale:.0f} s": largest.wall_s <= PROMISE_S * scale,
        f"at most {PROMISE_MIB * scale:.0f} MiB": largest.peak_mib <= PROMISE_MIB * scale,
        "linear: one more row of the longest run costs at most "
        f"{CURVE_LIMIT:g} times one of the shortest": further[-1] <= CURVE_LIMIT * further[0],
    }


def _print_table(costs: Sequence[Cost]) -> None:
    print(f"{'rows':>12}{'wall s':>9}{'CPU s':>9}{'peak MiB':>10}{'CPU us per further row':>24}")
    for cost, further in zip(costs, ["-", *(f"{each:.2f}" for each in further_us(costs))], strict=True):
        print(f"{cost.rows:>12}{cost.wall_s:>9.1f}{cost.cpu_s:>9.1f}{cost.peak_mib:>10.0f}{further:>24}")
    print(
        f"exponent of growth, fixed costs included: CPU time {slope(costs, 'cpu_s'):.2f}, "
        f"memory {slope(costs, 'peak_mib'):.2f} (1 is linear); {os.cpu_count()} processors"
    )
    if costs[-1].wall_s > BUSY * costs[-1].cpu_s:
        print("! the processors had other work to do: for the wall time run it on a machine that has none")
    for promise, holds in kept(costs).items():
        print(f"{'kept' if holds else 'BROKEN':<8}{promise}")


def main() -> int:
    """Run the benchmark and return its exit status: 4 if a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m analysis.benchmarks.analysis", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    parser.add_argument(
        "--rows", type=int, default=PROMISE_ROWS, help="of the largest run (default: 10000000)"
    )
    options = parser.parse_args()
    try:
        costs = measure(options.rows)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return int(failure.exit_code)
    promises = kept(costs)
    if options.json:
        measured = {
            "runs": [asdict(cost) for cost in costs],
            "cpu_exponent": slope(costs, "cpu_s"),
            "memory_exponent": slope(costs, "peak_mib"),
            "cpu_us_per_further_row": further_us(costs),
            "processors": os.cpu_count(),
            "kept": promises,
        }
        print(json.dumps(measured))
    else:
        _print_table(costs)
    return int(ExitCode.DONE if all(promises.values()) else ExitCode.GATE)


if __name__ == "__main__":
    sys.exit(main())
