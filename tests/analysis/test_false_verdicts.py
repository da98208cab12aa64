"""The whole decision on experiments whose truth is known: how often it names a difference that is not
there, and how often it finds one that is. The noise is the method's: an environment that drifts and remembers
(AR(1), phi 0.98 a slice, 10 % stationary), log-normal service noise, rare bursts of stolen time, and a level
of its own for each arm in each generation, since every restart converges elsewhere.
"""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy import signal

from analysis.comparison.arms import decide
from analysis.data.run import load_run
from analysis.records.summary import Summary
from analysis.statistics.intervals import nested_interval, nested_ratio
from analysis.statistics.noise_floor import noise_floor
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from tests.analysis.build_run import COST_US, SERVICE_MS, MiniRun

ARMS = 4
"""A, B, the twin of B, and one that only makes the cycle longer."""
GENERATIONS, CYCLES = 5, 16
MARGIN = 0.05
EXPERIMENTS = 300

Floats = npt.NDArray[np.float64]
Logs = dict[int, Floats]


def environment(source: np.random.Generator, slices: int) -> Floats:
    """ln of what the machine multiplies each slice's cost by: drift, and now and then a burst."""
    phi, spread = 0.98, 0.10
    steps = source.normal(0, spread * math.sqrt(1 - phi**2), slices)
    start = phi * source.normal(0, spread)
    drift, _ = signal.lfilter([1.0], [1.0, -phi], steps, zi=[start])
    bursts = np.where(source.random(slices) < 0.01, source.exponential(0.3, slices), 0.0)
    return np.asarray(drift + bursts)


def experiment(
    source: np.random.Generator, effect: float, generations: int = GENERATIONS, hysteresis: float = 0.005
) -> tuple[Logs, Logs]:
    """By generation ln(A / B) and ln(twin / B) of cycles in random order; A truly costs B's times effect.

    `hysteresis`: standard deviation of what a restart changes in an arm's cost.
    """
    main, twin = {}, {}
    for generation in range(generations):
        order = np.array([source.permutation(ARMS) for _ in range(CYCLES)])
        around = environment(source, CYCLES * ARMS).reshape(CYCLES, ARMS)
        level = source.normal(0, hysteresis, ARMS)
        service = source.normal(0, 0.35 / math.sqrt(250), (CYCLES, ARMS))  # the mean of 250 requests
        own = np.take_along_axis(around, np.argsort(order, axis=1), axis=1) + level + service
        main[generation] = own[:, 0] - own[:, 1] + math.log(effect)
        twin[generation] = own[:, 2] - own[:, 1]
    return main, twin


def verdicts(
    effect: float, seed: int, generations: int = GENERATIONS, hysteresis: float = 0.005
) -> Counter[str]:
    """How often each verdict is given, with the floor from the run's own twin."""
    source = np.random.default_rng(seed)
    found: Counter[str] = Counter()
    for _ in range(EXPERIMENTS):
        main, twin = experiment(source, effect, generations, hysteresis)
        found[decide(main, noise_floor(nested_interval(twin)), MARGIN, ranks=True)] += 1
    return found


@pytest.mark.parametrize("generations", [2, 5, 10])
@pytest.mark.parametrize("hysteresis", [0.0, 0.005, 0.03])
def test_identical_arms_are_told_apart_in_at_most_eight_of_a_hundred_runs(
    generations: int, hysteresis: float
) -> None:
    found = verdicts(1.0, 11, generations, hysteresis)
    assert found["slower"] + found["faster"] <= 0.08 * EXPERIMENTS


def test_so_they_are_with_the_floor_of_the_machines_history() -> None:
    source = np.random.default_rng(21)
    earlier = [nested_interval(experiment(source, 1.0)[1]).estimate for _ in range(8)]
    found: Counter[str] = Counter()
    for _ in range(EXPERIMENTS):
        main, twin = experiment(source, 1.0)
        floor = noise_floor(nested_interval(twin), earlier)
        assert floor.runs == 8
        found[decide(main, floor, MARGIN, ranks=True)] += 1
    assert found["slower"] + found["faster"] <= 0.08 * EXPERIMENTS


@pytest.mark.parametrize(("effect", "right"), [(1.1, "slower"), (1 / 1.1, "faster")])
def test_a_planted_tenth_is_found_in_at_least_nine_of_ten_runs(effect: float, right: str) -> None:
    found = verdicts(effect, seed=12)
    assert found[right] >= 0.9 * EXPERIMENTS
    assert found["slower"] + found["faster"] == found[right]
    assert found["equivalent"] == 0


def test_a_difference_of_the_margin_is_seldom_called_none() -> None:
    """The size of two one-sided tests: 5 % where the true ratio lies on the margin."""
    assert verdicts(1 + MARGIN, seed=13)["equivalent"] <= 0.08 * EXPERIMENTS


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    source = np.random.default_rng(14)
    ratios = [nested_ratio(experiment(source, 1.1)[0]) for _ in range(EXPERIMENTS)]
    assert np.mean([ratio.low <= 1.1 <= ratio.high for ratio in ratios]) >= 0.93
    assert np.mean([ratio.ratio for ratio in ratios]) == pytest.approx(1.1, abs=0.004)


def test_requests_as_replicates_would_tell_identical_arms_apart_far_more_often() -> None:
    """What the rule is there for: the same noise, and every request counted as independent."""
    source = np.random.default_rng(15)
    wrong = 0
    for _ in range(100):
        main, _ = experiment(source, 1.0)
        requests = np.concatenate(
            [source.normal(cycle, 0.35, 250) for cycle in np.concatenate([*main.values()])]
        )
        wrong += not nested_interval({0: requests}).contains(0.0)
    assert wrong > 20


# The same through raw directories, from rows and slices to the summary.

A, B = "session-redis", "jwt-hs256"
ALIKE = sum(COST_US[A]) / sum(COST_US[B])
"""What B's CPU is multiplied by to cost as much as A's."""


def _summary(folder: Path, seed: int, effect: float) -> Summary:
    """A run of 5 generations; A's true CPU cost is B's times effect, and its service time is 4/3 of B's."""
    source = np.random.default_rng(seed)
    mini = MiniRun(
        run_id=f"run-{effect:.2f}-{seed}",
        generations=GENERATIONS,
        cycles=6,
        factor={B: ALIKE / effect},
        noise=0.35 / math.sqrt(250),
        seed=seed,
        compare=[(A, B)],
    )
    factors = np.exp(environment(source, len(mini.slices)))
    arms = {judged.measured.arm for judged in mini.slices}
    level = {(g, arm): math.exp(source.normal(0, 0.005)) for g in range(GENERATIONS) for arm in sorted(arms)}
    for place, factor in enumerate(factors.tolist()):
        record = mini.slices[place].measured
        cost = factor * level[record.generation, record.arm]
        _, rows = mini.samples[record.generation, record.cycle, record.arm]
        rows["done_ns"] = rows["sent_ns"] + ((rows["done_ns"] - rows["sent_ns"]) * cost).astype(np.int64)
        store_ns = round((record.store_cpu_ns or 0) * cost)
        changed = record.model_copy(
            update={"app_cpu_ns": round(record.app_cpu_ns * cost), "store_cpu_ns": store_ns}
        )
        mini.slices[place] = mini.slices[place].model_copy(update={"measured": changed})
    return summarize(judge_run(load_run(mini.write(folder))))


def _verdicts(summaries: list[Summary], metric: str) -> Counter[str]:
    return Counter(c.verdict for summary in summaries for c in summary.comparisons if c.metric == metric)


def test_from_raw_files_to_the_summary_equal_costs_are_not_told_apart(tmp_path: Path) -> None:
    runs = [_summary(tmp_path, seed, 1.0) for seed in range(30)]
    found = _verdicts(runs, "cpu_total_us")
    assert found.total() == 30
    assert found["slower"] + found["faster"] <= 0.08 * 30
    assert _verdicts(runs, "service_p50_ms")["slower"] >= 0.9 * 30  # 2.0 ms against 1.5 ms
    assert SERVICE_MS[A] / SERVICE_MS[B] > 1.3


def test_from_raw_files_to_the_summary_a_planted_tenth_is_found(tmp_path: Path) -> None:
    runs = [_summary(tmp_path, seed, 1.1) for seed in range(100, 120)]
    assert _verdicts(runs, "cpu_total_us")["slower"] >= 0.9 * 20
    ratios = [c.ratio for run in runs for c in run.comparisons if c.metric == "cpu_total_us" and c.ratio]
    assert np.mean(ratios) == pytest.approx(1.1, abs=0.01)
