"""Verdicts on latency from simulated runs whose truth is known: A/A, and delays of known size.

Simulated is what was seen on shared processors: time slows all arms of a second together (a first-order
autoregressive process), a slice has noise of its own, a restart moves an arm's level, requests are log-normal
(coefficient of variation 0.35), and in some slices a part of the requests waits some milliseconds more.
"""

from collections import Counter

import numpy as np
import pytest

from analysis.comparison.arms import decide
from analysis.comparison.latency import LATENCY_SHARES, pair_times
from analysis.data.run import TimesByCycle
from analysis.records.summary import Metric, Verdict
from analysis.statistics.intervals import Interval, nested_interval
from analysis.statistics.noise_floor import differing_twins, noise_floor

CONTROL_MS = 0.4
GENERATIONS, CYCLES, REQUESTS = 6, 6, 180
MARGIN = 0.05
RUNS = 300
METRICS = tuple(LATENCY_SHARES)
A, B, TWIN = range(3)


def simulate(source: np.random.Generator, planted_ms: float = 0.0) -> list[TimesByCycle]:
    """Times of A, B and B's twin, ms; A is B with this delay."""
    shape = (GENERATIONS, CYCLES, 3)
    slices = np.zeros(GENERATIONS * CYCLES * 3)
    steps = source.normal(0, 0.08, slices.size)
    for place in range(1, slices.size):
        slices[place] = 0.9 * slices[place - 1] + steps[place]
    order = np.argsort(source.random(shape), axis=2)
    shared = np.take_along_axis(slices.reshape(shape), order, axis=2)
    restart = source.normal(0, 0.03, (GENERATIONS, 1, 3))
    level = shared + restart + source.normal(0, 0.05, shape)
    times = CONTROL_MS * np.exp(level[..., None] + source.normal(0, 0.35, (*shape, REQUESTS)))
    bursts = (source.random(shape) < 0.15)[..., None] & (source.random((*shape, REQUESTS)) < 0.05)
    times += np.where(bursts, source.exponential(2.0, times.shape), 0.0)
    times[:, :, A] += planted_ms
    return [
        {(g, c): times[g, c, arm] for g in range(GENERATIONS) for c in range(CYCLES)} for arm in (A, B, TWIN)
    ]


def judge(arms: list[TimesByCycle], metric: Metric) -> tuple[Verdict | None, Interval]:
    """The verdict on A / B as a run gives it, and the interval of A - B, ms; None: the twin refuses it."""
    pairs, twins = pair_times(arms[A], arms[B], metric), pair_times(arms[TWIN], arms[B], metric)
    assert not isinstance(pairs, str)
    assert not isinstance(twins, str)
    gap = nested_interval(pairs[1])
    if differing_twins(twins[0]):
        return None, gap
    floor = noise_floor(nested_interval(twins[0]))
    return decide(pairs[0], floor, MARGIN, ranks=False, difference=gap.estimate), gap


def test_identical_arms_are_told_apart_in_at_most_six_of_a_hundred_runs() -> None:
    source = np.random.default_rng(31)
    found: dict[Metric, Counter[Verdict | None]] = {metric: Counter() for metric in METRICS}
    for _ in range(RUNS):
        arms = simulate(source)
        for metric in METRICS:
            found[metric][judge(arms, metric)[0]] += 1
    for metric, verdicts in found.items():
        assert verdicts["slower"] + verdicts["faster"] <= 0.06 * RUNS, metric
        assert verdicts[None] <= 0.03 * RUNS, metric  # one sound run in a hundred


@pytest.mark.parametrize("planted_ms", [0.2, 1.0])
def test_a_planted_delay_is_found_and_lies_in_its_interval(planted_ms: float) -> None:
    source = np.random.default_rng(32)
    covered, slower = 0, 0
    for _ in range(RUNS):
        verdict, gap = judge(simulate(source, planted_ms), "service_p50_ms")
        covered += gap.contains(planted_ms)
        slower += verdict == "slower"
    assert covered >= 0.92 * RUNS
    assert slower >= 0.95 * RUNS
