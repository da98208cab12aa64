"""That the benchmark runs and says what it promises; its figures are nobody's to test."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from analysis.benchmarks.analysis import Cost, derive_cost, further_us, kept, slope
from authbench.contracts.failure import Failure

MILLION = 1_000_000


def _costs(exponent: float) -> list[Cost]:
    """4 s and 300 MiB for nothing, and 20 s for ten million rows."""
    return [
        Cost(round(part * 10 * MILLION), 4 + 20 * part**exponent, 4 + 20 * part**exponent, 300 + 900 * part)
        for part in (0.1, 0.25, 0.5, 1.0)
    ]


def test_a_straight_line_is_linear_whatever_it_starts_from() -> None:
    assert further_us(_costs(1)) == pytest.approx([2, 2, 2])
    assert all(kept(_costs(1)).values())


def test_a_curve_is_not_linear_though_fixed_costs_flatten_it() -> None:
    assert slope(_costs(1.5), "cpu_s") < 1
    assert list(kept(_costs(1.5)).values()) == [True, True, False]


def test_too_slow_or_too_large_breaks_its_promise() -> None:
    large = [*_costs(1)[:3], Cost(10 * MILLION, 61, 24, 2049)]
    assert list(kept(large).values()) == [False, False, True]
    twice = [Cost(2 * cost.rows, 2 * cost.wall_s, cost.cpu_s, 2 * cost.peak_mib) for cost in _costs(1)]
    assert list(kept(twice)) == [
        "at most 120 s",
        "at most 4096 MiB",
        "linear: one more row of the longest run costs at most 1.3 times one of the shortest",
    ]


def test_what_cannot_be_derived_is_a_failure_and_no_figure(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="was not derived"):
        derive_cost(tmp_path / "nothing", 1, tmp_path)


def test_too_few_rows_for_a_run_are_told_in_one_line() -> None:
    command = [sys.executable, "-m", "analysis.benchmarks.analysis", "--rows", "1000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "--rows 1000: give at least 600000: a tenth of it must make a run\n"


@pytest.mark.long
def test_it_measures_four_sizes_and_prints_one_json_object() -> None:
    command = [sys.executable, "-m", "analysis.benchmarks.analysis", "--json", "--rows", "600000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    told: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode in (0, 4)
    assert [run["rows"] for run in told["runs"]] == sorted(run["rows"] for run in told["runs"])
    assert len(told["runs"]) == 4
    assert told["runs"][-1]["rows"] == pytest.approx(600_000, rel=0.1)
    assert all(run["peak_mib"] > 100 and run["cpu_s"] > 0 for run in told["runs"])
    assert len(told["kept"]) == 3
