"""Pairs of times: the median over a generation's cycles for p50, pooled requests for p95 and p99."""

import math
from pathlib import Path

import numpy as np
import pytest

from analysis.comparison.latency import pair_times, paired_latency
from analysis.data.run import load_run
from tests.analysis.build_run import MiniRun


def test_p50_is_paired_by_cycle_and_the_median_of_a_generation(tmp_path: Path) -> None:
    """One wild cycle and a drift that both arms share change nothing."""
    times = np.linspace(0.5, 1.5, 41)
    a, b = {}, {}
    for cycle, (speed, wild) in enumerate([(1.0, 1.0), (1.3, 1.0), (0.7, 9.0), (1.1, 1.0), (2.0, 1.0)]):
        b[0, cycle] = times * speed
        a[0, cycle] = times * speed * 1.2 * wild
    found = pair_times(a, b, "service_p50_ms")
    assert not isinstance(found, str)
    logs, gaps = found
    assert logs[0] == pytest.approx([math.log(1.2)])
    assert gaps[0] == pytest.approx([0.2 * 1.3])


def test_p95_is_of_a_generations_pooled_requests() -> None:
    source = np.random.default_rng(1)
    a = {(0, cycle): source.lognormal(0, 0.3, 100) for cycle in range(4)}
    b = {(0, cycle): source.lognormal(0, 0.3, 100) for cycle in range(4)}
    found = pair_times(a, b, "service_p95_ms")
    assert not isinstance(found, str)
    expected = [
        np.quantile(np.concatenate([*times.values()]), 0.95, method="inverted_cdf") for times in (a, b)
    ]
    assert found[0][0] == pytest.approx([math.log(expected[0] / expected[1])])


def test_a_slice_with_too_few_requests_is_left_out_and_told_where_none_is_left() -> None:
    enough, few = np.arange(1.0, 21), np.arange(1.0, 20)
    found = pair_times({(0, 0): enough, (0, 1): few}, {(0, 0): enough, (0, 1): enough}, "service_p50_ms")
    assert not isinstance(found, str)
    assert found[0][0] == pytest.approx([0.0])
    told = pair_times({(0, 0): few}, {(0, 0): enough}, "service_p50_ms")
    assert told == "19 requests; 20 are needed"


def test_only_whole_cycles_are_paired(tmp_path: Path) -> None:
    mini = MiniRun(generations=2, cycles=2, requests=120)
    _, rows = mini.samples[0, 1, "session-redis"]
    rows["done_ns"] += 50_000_000
    mini.give_up("none", 0, 1)
    run = load_run(mini.write(tmp_path))
    assert run.whole_cycle_keys == {(0, 0), (1, 0), (1, 1)}
    for metric in ("service_p50_ms", "service_p95_ms"):
        found = paired_latency(run, metric, "session-redis", "jwt-hs256")
        assert isinstance(found, str) or abs(found[0].get(0, np.zeros(1))[0] - math.log(4 / 3)) < 0.3
    only = paired_latency(run, "service_p50_ms", "session-redis", "jwt-hs256", {(1, 1), (0, 1)})
    assert not isinstance(only, str)
    assert only[0].keys() == {1}
