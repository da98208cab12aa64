"""V17 and V18: what a summary claims, held against the rows and the slices it comes from."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.comparison.arms import compare, twin_floor
from analysis.data.run import RunData, load_run
from analysis.records.summary import Comparison
from analysis.rules import v17_pooled_percentiles, v18_replicates
from analysis.statistics.estimate import Estimate
from analysis.statistics.percentiles import described
from tests.analysis.build_run import MiniRun


@given(st.lists(st.floats(0.01, 100), min_size=20, max_size=1500), st.integers(0, 30))
def test_v17_agrees_with_the_percentiles_of_any_sample(values: list[float], failed: int) -> None:
    pooled = np.array(values + [np.inf] * min(failed, len(values)))
    assert v17_pooled_percentiles.check("an arm", "times", described(pooled, None), pooled) is None


def test_v17_refuses_an_average_of_percentiles() -> None:
    source = np.random.default_rng(5)
    parts = [source.lognormal(0, 0.3, 1000) * slow for slow in (1, 1, 1, 5)]
    pooled = np.concatenate(parts)
    averaged = float(np.mean([np.percentile(part, 99) for part in parts]))
    finding = v17_pooled_percentiles.check("an arm", "times", {"p99": Estimate(value=averaged)}, pooled)
    assert finding is not None
    assert (finding.rule, finding.severity, finding.refuses) == ("V17", "refuse-figure", "latency")
    assert finding.sentence.startswith("its p99 of times is given as")
    assert v17_pooled_percentiles.check("an arm", "times", {"p50": Estimate(value=1.0)}, np.empty(0))


def _run(tmp_path: Path) -> RunData:
    return load_run(MiniRun(generations=3, cycles=5, requests=120).write(tmp_path))


def _comparison(run: RunData, metric: str = "cpu_total_us") -> Comparison:
    floor = twin_floor(run, "cpu_total_us")
    return compare(run, metric, "session-redis", "none", floor=floor)  # type: ignore[arg-type]


def test_v18_accepts_cycles_and_generations(tmp_path: Path) -> None:
    run = _run(tmp_path)
    comparisons = [_comparison(run), _comparison(run, "service_p50_ms")]
    assert [one.cycles for one in comparisons] == [15, 3]
    assert v18_replicates.check_all(run, comparisons) == []


@pytest.mark.parametrize(
    ("metric", "cycles", "void"),
    [
        ("cpu_total_us", 15, False),
        ("cpu_total_us", 16, True),
        ("cpu_total_us", 1800, True),  # requests
        ("service_p99_ms", 3, False),
        ("service_p99_ms", 15, True),  # cycles, of which none has a p99
    ],
)
def test_v18_voids_a_comparison_of_more_than_there_is(
    tmp_path: Path, metric: str, cycles: int, void: bool
) -> None:
    comparison = _comparison(_run(tmp_path)).model_copy(update={"metric": metric, "cycles": cycles})
    finding = v18_replicates.check(comparison, whole_cycles=15, generations=3)
    assert (finding is not None) == void
    assert finding is None or finding.severity == "void-run"
