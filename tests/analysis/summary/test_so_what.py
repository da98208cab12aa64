"""What a difference means at a rate: the arithmetic, and the sentence."""

import math
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.data.run import load_run
from analysis.records.summary import Summary
from analysis.summary.judged_run import judge_run
from analysis.summary.so_what import Site, node_breaks, summarize_so_what
from analysis.summary.summarize import summarize
from tests.analysis.build_run import MiniRun

_CLEAR = 1e-6
"""Relative distance from a rate at which a node is exactly full: floating point is not asked there."""


def _summary(tmp_path: Path, **changes: float) -> Summary:
    return summarize(judge_run(load_run(MiniRun(generations=5, factor=changes).write(tmp_path))))


def _nodes(rate_rps: float, cost_us: float, node_us: float) -> int:
    return max(1, math.ceil(rate_rps * cost_us / node_us))


@given(
    cheap=st.floats(10, 2000),
    more=st.floats(1, 2000),
    cores=st.integers(1, 64),
    busy=st.floats(0.3, 0.9),
    share=st.floats(0.001, 0.999),
)
def test_the_first_rate_is_the_smallest_at_which_nodes_differ(
    cheap: float, more: float, cores: int, busy: float, share: float
) -> None:
    node_us = cores * busy * 1e6
    breaks = node_breaks(cheap + more, cheap, node_us)
    assert breaks is not None
    below = breaks.first_rps * share
    assert _nodes(below, cheap + more, node_us) == _nodes(below, cheap, node_us) == 1
    above = breaks.first_rps * (1 + _CLEAR)
    assert _nodes(above, cheap + more, node_us) == 2
    assume(above * cheap < node_us)
    assert _nodes(above, cheap, node_us) == 1


@given(
    cheap=st.floats(10, 2000),
    more=st.floats(1, 2000),
    cores=st.integers(1, 64),
    factor=st.floats(1 + _CLEAR, 1000),
)
def test_above_the_last_rate_the_dearer_arm_always_needs_more_nodes(
    cheap: float, more: float, cores: int, factor: float
) -> None:
    node_us = cores * 0.6e6
    dear = cheap + more
    breaks = node_breaks(dear, cheap, node_us)
    assert breaks is not None
    assert breaks.always_rps >= breaks.first_rps
    rate = breaks.always_rps * factor
    full = rate * cheap / node_us
    assume(abs(full - round(full)) > _CLEAR * max(full, 1))
    assert _nodes(rate, dear, node_us) > _nodes(rate, cheap, node_us)
    before = breaks.always_rps * (1 - _CLEAR)
    last = round(breaks.always_rps * dear / node_us)
    assume(before * cheap > (last - 1) * node_us)  # there is a rate just below at which both are not full
    assert _nodes(before, dear, node_us) == _nodes(before, cheap, node_us) == last


def test_what_costs_no_more_never_needs_more_nodes() -> None:
    assert node_breaks(100, 100, 1e6) is None
    assert node_breaks(90, 100, 1e6) is None


def test_cores_are_rate_times_difference(tmp_path: Path) -> None:
    summary = _summary(tmp_path)
    pair = next(c for c in summary.comparisons if c.primary)
    found = summarize_so_what(summary, Site(3000, "as asked"))
    assert found is not None
    assert pair.difference is not None
    assert found.cores == pytest.approx(3000 * pair.difference / 1e6)
    assert found.cores_low == pytest.approx(3000 * (pair.difference_low or 0) / 1e6)
    assert (found.a, found.b) == ("session-redis", "jwt-hs256")
    assert (found.nodes_a, found.nodes_b) == (1, 1)
    assert found.sentence.startswith("At 3,000 requests/s (as asked) session-redis needs 0.38 [")
    assert found.sentence.endswith("here CPU does not decide, revocation does (0 s against 900 s).")


def test_nodes_are_the_applications_as_in_a_plan(tmp_path: Path) -> None:
    summary = _summary(tmp_path)
    found = summarize_so_what(summary, Site(3000, "as asked"))
    application = {arm.arm: arm.cpu_app_us.value or 0 for arm in summary.arms}
    breaks = node_breaks(application["session-redis"], application["jwt-hs256"], 4 * 0.6 * 1e6)
    assert found is not None
    assert breaks is not None
    assert (found.node_more_from_rps, found.node_more_always_rps) == (breaks.first_rps, breaks.always_rps)


def test_where_nodes_differ_the_sentence_says_so(tmp_path: Path) -> None:
    found = summarize_so_what(_summary(tmp_path), Site(3600, "as asked", spare_nodes=1))
    assert found is not None
    assert (found.nodes_a, found.nodes_b) == (3, 2)
    assert ": 3 application nodes against 2 (4 cores, 60% busy; one more at " in found.sentence
    assert "does not decide" not in found.sentence


def test_the_dearer_arm_is_named_first(tmp_path: Path) -> None:
    found = summarize_so_what(_summary(tmp_path, **{"jwt-hs256": 2.0}), Site(3000, "as asked"))
    assert found is not None
    assert (found.a, found.b) == ("jwt-hs256", "session-redis")
    assert found.cores > 0
    assert found.cores_low is not None
    assert found.cores_high is not None
    assert 0 < found.cores_low < found.cores < found.cores_high


def test_without_a_rate_it_is_the_offered_one_on_every_core_here(tmp_path: Path) -> None:
    so_what = _summary(tmp_path).so_what
    assert so_what is not None
    assert (so_what.rate_rps, so_what.rate_source) == (400, "200 offered x 2 cores here")


def test_a_difference_that_is_not_shown_is_not_called_one(tmp_path: Path) -> None:
    found = _summary(tmp_path, **{"jwt-hs256": 730 / 602}).so_what
    assert found is not None
    assert "is not shown to be a difference" in found.sentence


def test_nothing_is_said_where_nothing_is_compared(tmp_path: Path) -> None:
    smoke = MiniRun(judged_by="correctness").write(tmp_path)
    assert summarize(judge_run(load_run(smoke))).so_what is None
