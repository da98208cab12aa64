import inspect
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.comparison import arms as compare
from analysis.comparison.arms import decide
from analysis.data.run import CycleKey, RunData, load_run
from analysis.records.summary import Metric
from analysis.statistics import intervals as statistics
from analysis.statistics import noise_floor, percentiles
from analysis.statistics.intervals import (
    ByGeneration,
    Interval,
    VarianceComponents,
    equivalent,
    minimal_detectable_effect,
    nested_interval,
    nested_ratio,
    ranks_exclude_one,
    variance_components,
)
from analysis.statistics.noise_floor import NoiseFloor
from analysis.validity.finding import Finding
from tests.analysis.build_run import MiniRun


def test_one_generation_is_the_textbook_t_interval() -> None:
    values = [0.1, 0.2, 0.3, 0.4, 0.5]
    expected = stats.t.interval(0.95, 4, loc=0.3, scale=stats.sem(values))
    found = nested_interval({0: values})
    assert (found.low, found.high) == pytest.approx(expected)
    assert (found.cycles, found.generations, found.degrees) == (5, 1, 4)


def test_generations_that_differ_widen_it_to_their_own_t_interval() -> None:
    groups = {0: [1.0, 1.01, 0.99], 1: [2.0, 2.01, 1.99], 2: [3.0, 3.01, 2.99]}
    expected = stats.t.interval(0.95, 2, loc=2, scale=1 / math.sqrt(3))
    found = nested_interval(groups)
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.degrees == 2


def test_generations_that_agree_by_luck_never_narrow_it_below_the_cycles() -> None:
    cycles = [-0.1, 0.1, -0.2, 0.2]
    found = nested_interval({0: cycles, 1: cycles, 2: cycles})
    expected = stats.t.ppf(0.975, 11) * np.std(cycles * 3, ddof=1) / math.sqrt(12)
    assert found.half_width == pytest.approx(expected)
    assert found.degrees == 11


def test_the_estimate_weighs_generations_alike_whatever_their_size() -> None:
    assert nested_interval({0: [1.0], 1: [3.0, 3.0, 3.0]}).estimate == pytest.approx(2.0)


def test_a_single_cycle_knows_no_interval() -> None:
    found = nested_ratio({0: [math.log(2)]})
    assert found.ratio == pytest.approx(2)
    assert (found.low, found.high) == (0, math.inf)
    assert minimal_detectable_effect(found.log) is None


@pytest.mark.parametrize("groups", [{}, {0: []}, {0: [math.nan]}, {0: [math.inf, 1.0]}])
def test_what_cannot_be_estimated_is_refused(groups: dict[int, list[float]]) -> None:
    with pytest.raises(ValueError, match=r"no cycle|not finite"):
        nested_interval(groups)


@given(
    st.dictionaries(
        st.integers(0, 9), st.lists(st.floats(-2, 2), min_size=1, max_size=8), min_size=2, max_size=6
    )
)
def test_swapping_the_arms_inverts_the_ratio_and_its_interval(groups: dict[int, list[float]]) -> None:
    there = nested_ratio(groups)
    back = nested_ratio({generation: [-value for value in values] for generation, values in groups.items()})
    assert there.ratio * back.ratio == pytest.approx(1)
    assert there.log.low == pytest.approx(-back.log.high, abs=1e-9)


def test_equivalence_needs_the_whole_interval_inside_the_margin() -> None:
    narrow = {0: [0.010, 0.012, 0.008, 0.011, 0.009]}
    wide = {0: [-0.10, 0.12, -0.08]}
    assert equivalent(narrow, 0.05)
    assert not equivalent(wide, 0.05)  # three cycles around 1 are no proof of equality
    assert not equivalent({0: [0.20, 0.201, 0.199]}, 0.05)


def test_equivalence_agrees_with_two_one_sided_t_tests() -> None:
    values, limit = np.random.default_rng(3).normal(0.02, 0.05, 30), math.log1p(0.05)
    below = stats.ttest_1samp(values, -limit, alternative="greater").pvalue
    above = stats.ttest_1samp(values, limit, alternative="less").pvalue
    assert equivalent({0: values}, 0.05) == (max(below, above) < 0.05)


def test_the_detectable_effect_is_what_eight_hundred_of_a_thousand_runs_find() -> None:
    source = np.random.default_rng(5)
    effect = minimal_detectable_effect(nested_interval({0: source.normal(0, 0.05, 4000)[:20]}))
    assert effect is not None
    spread = float(np.std(np.random.default_rng(5).normal(0, 0.05, 4000)[:20], ddof=1))
    runs = source.normal(math.log1p(effect), spread, (1000, 20))
    found = np.mean(stats.ttest_1samp(runs, 0, axis=1).pvalue < 0.05)
    assert 0.75 < found < 0.85


def test_ranks_need_six_cycles_and_their_agreement() -> None:
    assert not ranks_exclude_one({0: [0.1] * 5})
    assert ranks_exclude_one({0: [0.1, 0.2, 0.3], 1: [0.11, 0.12, 0.13]})
    assert not ranks_exclude_one({0: [0.0] * 20})


# Published numbers and closed forms


def test_the_t_interval_of_students_sleep_data() -> None:
    """Student, "The probable error of a mean", Biometrika 6, 1908; interval as in R's t.test(paired)."""
    gained_h = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    found = nested_interval({0: gained_h})
    assert found.estimate == pytest.approx(1.58)
    assert (found.low, found.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-7)
    assert found.estimate / found.standard_error == pytest.approx(4.0621, abs=1e-4)


@pytest.mark.parametrize(
    ("cycles", "critical"), [(6, 0), (7, 2), (8, 3), (9, 5), (10, 8), (12, 13), (15, 25), (20, 52), (25, 89)]
)
def test_ranks_exclude_one_up_to_the_published_critical_sum(cycles: int, critical: int) -> None:
    """Two-sided 5 % points of the smaller rank sum: Wilcoxon & Wilcox, Some Rapid Approximate Statistical
    Procedures, 1964, table 2.
    """

    def with_negative_ranks(total: int) -> dict[int, list[float]]:
        signs = {}
        for rank in range(cycles, 0, -1):
            signs[rank] = -1.0 if rank <= total else 1.0
            total -= rank if rank <= total else 0
        return {0: [sign * rank / 100 for rank, sign in signs.items()]}

    assert ranks_exclude_one(with_negative_ranks(critical))
    assert not ranks_exclude_one(with_negative_ranks(critical + 1))


@pytest.mark.parametrize(("cycles", "t95"), [(5, 2.132), (9, 1.860), (16, 1.753), (31, 1.697)])
def test_equivalence_turns_where_the_printed_t_table_says(cycles: int, t95: float) -> None:
    """Schuirmann 1987: equivalent if |mean| + t(0.95, n - 1) s / sqrt(n) < ln(1 + margin)."""
    shape = np.linspace(-1, 1, cycles)
    shape /= shape.std(ddof=1)
    for center in (0.0, 0.01, -0.02):
        spread = (math.log1p(0.05) - abs(center)) * math.sqrt(cycles) / t95
        assert equivalent({0: center + 0.999 * spread * shape}, 0.05)
        assert not equivalent({0: center + 1.001 * spread * shape}, 0.05)


def test_the_detectable_effect_is_its_closed_form() -> None:
    """n = 7.85 (s / delta)^2 for 80 % power at 5 %, two-sided, with many cycles."""
    cycles, spread = 2000, 0.05
    values = np.tile([spread, -spread], cycles // 2) * math.sqrt((cycles - 1) / cycles)
    effect = minimal_detectable_effect(nested_interval({0: values}))
    assert effect is not None
    assert math.log1p(effect) == pytest.approx(spread * math.sqrt(7.85 / cycles), rel=0.001)


# Where the noise is


DYESTUFF = {
    0: [1545.0, 1440, 1440, 1520, 1580],
    1: [1540.0, 1555, 1490, 1560, 1495],
    2: [1595.0, 1550, 1605, 1510, 1560],
    3: [1445.0, 1440, 1595, 1465, 1545],
    4: [1595.0, 1630, 1515, 1635, 1625],
    5: [1520.0, 1455, 1450, 1480, 1445],
}
"""Yield of five samples from each of six batches: Davies, Statistical Methods in Research and Production,
1947. Its components of variance are printed in many textbooks: 1764.05 between and 2451.25 within."""


def test_the_components_of_variance_are_the_published_ones() -> None:
    found = variance_components(DYESTUFF)
    assert found is not None
    assert found.between == pytest.approx(1764.05)
    assert found.within == pytest.approx(2451.25)


def test_generations_that_agree_have_no_component_between_them() -> None:
    assert variance_components({0: [1.0, 2.0], 1: [1.0, 2.0]}) == VarianceComponents(0.5, 0.0, 2)


@pytest.mark.parametrize("groups", [{}, {0: [1.0, 2.0]}, {0: [1.0], 1: [2.0]}])
def test_one_generation_or_one_cycle_in_each_tells_no_components(groups: dict[int, list[float]]) -> None:
    assert variance_components(groups) is None


def test_components_are_found_again_in_unequal_groups() -> None:
    source = np.random.default_rng(8)
    groups = {
        g: source.normal(source.normal(0, 0.02), 0.05, int(source.integers(4, 30))) for g in range(2000)
    }
    found = variance_components(groups)
    assert found is not None
    assert math.sqrt(found.within) == pytest.approx(0.05, rel=0.02)
    assert math.sqrt(found.between) == pytest.approx(0.02, rel=0.1)


# A request is never a replicate


def _parameters(module: ModuleType) -> list[tuple[str, str, Any]]:
    """(function, parameter, its type) of every public function and method that is defined there."""
    found = []
    owners: list[tuple[str, Any]] = [(module.__name__, module)]
    owners += [
        (n, c) for n, c in inspect.getmembers(module, inspect.isclass) if c.__module__ == module.__name__
    ]
    for owner, container in owners:
        for name, function in inspect.getmembers(container, inspect.isfunction):
            if function.__module__ != module.__name__ or name.startswith("_"):
                continue
            hints = get_type_hints(function)
            for parameter in inspect.signature(function).parameters:
                if parameter != "self":
                    found.append((f"{owner}.{name}", parameter, hints[parameter]))
    return found


def _allowed(hint: Any) -> bool:
    """Whether a value of this type cannot be an array of requests."""
    if hint is ByGeneration:
        return True
    parts = get_args(hint)
    if get_origin(hint) in (Union, UnionType):
        return all(_allowed(part) for part in parts)
    if get_origin(hint) is Literal or hint in (str, float, int, bool, NoneType):
        return True
    if get_origin(hint) is Mapping:
        return parts[0] is int  # by generation
    if get_origin(hint) in (Sequence, Collection, Iterable):
        return parts[0] in (str, Finding, float, CycleKey)
    return hint in (Interval, NoiseFloor, RunData)


@pytest.mark.parametrize("module", [statistics, compare, noise_floor])
def test_no_function_that_compares_could_be_given_requests(module: ModuleType) -> None:
    taken = _parameters(module)
    assert len(taken) >= 3
    assert [(name, parameter, hint) for name, parameter, hint in taken if not _allowed(hint)] == []
    of_numbers = {(name, parameter) for name, parameter, hint in taken if hint == Sequence[float]}
    assert all(parameter in ("earlier_logs", "earlier") for _, parameter in of_numbers)


@pytest.mark.parametrize(
    "function",
    [
        nested_interval,
        nested_ratio,
        ranks_exclude_one,
        variance_components,
        lambda values: equivalent(values, 0.05),
        lambda values: decide(values, NoiseFloor(0.0, 1, ""), 0.05, ranks=True),
    ],
)
def test_given_an_array_of_requests_they_refuse_it(function: Callable[[Any], object]) -> None:
    with pytest.raises(AttributeError):
        function(np.random.default_rng(1).normal(0.5, 0.1, 1000))


@pytest.mark.parametrize("metric", ["cpu_total_us", "service_p50_ms"])
def test_ten_times_the_requests_are_no_more_replicates(tmp_path: Path, metric: Metric) -> None:
    counts = []
    for requests in (40, 400):
        mini = MiniRun(run_id=f"of-{requests}", generations=5, requests=requests)
        found = compare.compare(
            load_run(mini.write(tmp_path)),
            metric,
            "session-redis",
            "jwt-hs256",
            floor=NoiseFloor(0.01, 1, "the twin's"),
        )
        counts.append((found.cycles, found.generations))
    assert counts[0] == counts[1] == ((20, 5) if metric == "cpu_total_us" else (5, 5))


def test_a_percentile_is_of_one_sample_and_knows_no_second() -> None:
    assert list(inspect.signature(percentiles.percentile).parameters) == ["values", "share"]
