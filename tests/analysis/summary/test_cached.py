"""What a hit and a miss cost, apart and mixed; the mixture against simulated requests."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.data.run import load_run
from analysis.records.summary import CachedSummary
from analysis.report.cached import cached_sentence
from analysis.report.terminal import print_report
from analysis.statistics.estimate import Estimate
from analysis.summary.cached import cost_at_gap, share_of_misses
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.contracts.experiment import Arm, CachedPair
from tests.analysis.build_run import LEAN, MiniRun

POSITIVE = st.floats(1e-3, 1e6)
ARMS = [
    Arm(scheme="none", role="control"),
    Arm(scheme="session-redis"),
    Arm(scheme="session-redis", role="twin"),
    Arm(scheme="jwt-hs256", cache="miss"),
    Arm(scheme="jwt-hs256", name=LEAN, cache="hit"),
]
PAIR = CachedPair(hit=LEAN, miss="jwt-hs256", window_s=60)


def cached(hit_us: float | None = 10, miss_us: float | None = 110, window_s: float = 60) -> CachedSummary:
    def figure(value: float | None) -> Estimate:
        return Estimate(value=value, reason="" if value is not None else "refused")

    return CachedSummary(
        scheme="opaque-redis-cached",
        hit="hit",
        miss="miss",
        window_s=window_s,
        hit_us=figure(hit_us),
        miss_us=figure(miss_us),
    )


@given(POSITIVE, POSITIVE)
def test_more_misses_come_of_a_longer_gap_or_a_shorter_window(window_s: float, gap_s: float) -> None:
    share = share_of_misses(window_s, gap_s)
    assert 0 < share <= 1
    assert share_of_misses(window_s, 2 * gap_s) >= share >= share_of_misses(2 * window_s, gap_s)


@pytest.mark.parametrize(("window_s", "gap_s"), [(5, 1), (5, 5), (60, 30), (5, 300)])
def test_simulated_requests_miss_as_often(window_s: float, gap_s: float) -> None:
    arrivals = np.cumsum(np.random.default_rng(1).exponential(gap_s, 100_000))
    misses, fresh_until = 0, 0.0
    for moment in arrivals:
        if moment >= fresh_until:
            misses += 1
            fresh_until = moment + window_s
    assert misses / len(arrivals) == pytest.approx(share_of_misses(window_s, gap_s), rel=0.03)


@pytest.mark.parametrize(("window_s", "gap_s"), [(0, 1), (1, 0), (-1, 1)])
def test_there_is_no_share_without_time(window_s: float, gap_s: float) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        share_of_misses(window_s, gap_s)


def test_a_mixture_lies_between_a_hit_and_a_miss() -> None:
    assert cost_at_gap(cached(), 60).value == pytest.approx(60)
    assert cost_at_gap(cached(), 1e-9).value == pytest.approx(10)
    assert cost_at_gap(cached(), 1e9).value == pytest.approx(110)
    assert cost_at_gap(cached(hit_us=None), 60).value is None
    assert cost_at_gap(cached(miss_us=None), 60).value is None


@given(POSITIVE)
def test_its_interval_lies_between_those_of_hit_and_miss(gap_s: float) -> None:
    hit, miss = Estimate(value=20, low=15, high=25), Estimate(value=120, low=110, high=130)
    found = cost_at_gap(cached().model_copy(update={"hit_us": hit, "miss_us": miss}), gap_s)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert 15 <= found.low < found.value < found.high <= 130


def test_a_run_gives_both_above_the_control(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mini = MiniRun(generations=5, noise=0.002, arms=ARMS, cached=[PAIR])
    mini.manifest["servers"][LEAN] = mini.manifest["servers"]["jwt-hs256"]
    summary = summarize(judge_run(load_run(mini.write(tmp_path))))
    (found,) = summary.cached
    assert (found.scheme, found.window_s) == ("jwt-hs256", 60)
    assert found.hit_us.value == pytest.approx(50, abs=5)
    assert found.miss_us.value == pytest.approx(200, abs=5)
    print_report(summary)
    printed = " ".join(capsys.readouterr().out.split())
    assert cached_sentence(found) in printed


def test_the_promise_is_that_of_the_schemes_default_settings(tmp_path: Path) -> None:
    """A window that was widened for a measurement is not what a user of the scheme gets."""
    mini = MiniRun(arms=ARMS, cached=[PAIR])
    card = mini.manifest["cards"][LEAN]
    mini.manifest["cards"][LEAN] = card.model_copy(update={"revocation_window_s": 43_200})
    mini.manifest["default_cards"] = {LEAN: card}
    summary = summarize(judge_run(load_run(mini.write(tmp_path))))
    assert next(arm for arm in summary.arms if arm.arm == LEAN).revocation_window_s == 900


def test_a_sentence_says_what_a_reader_pays() -> None:
    sentence = cached_sentence(cached())
    assert "a hit costs 10" in sentence
    assert "every 60 s: 60 us (50% misses)" in sentence
    assert "every" not in cached_sentence(cached(hit_us=None))
