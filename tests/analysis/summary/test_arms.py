from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import Field

from analysis.data.run import load_run
from analysis.summary.between_arms import summarize_ranking
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.contracts.records import SliceRecord
from tests.analysis.build_run import MiniRun


class _Counted(SliceRecord):
    """A slice as it would be with one more counter."""

    cache_hits: int | None = Field(
        default=None, description="read from a cache", json_schema_extra={"counter": True}
    )


def test_an_arm_with_a_rate_of_its_own_is_judged_against_the_control_alone(tmp_path: Path) -> None:
    pairs = [("session-redis", "none"), ("jwt-hs256", "none"), ("session-redis", "jwt-hs256")]
    mini = MiniRun(generations=5, noise=0.002, own=["jwt-hs256"], compare=pairs)
    run = judge_run(load_run(mini.write(tmp_path)))
    summary = summarize(run)
    assert summary.status == "VALID", summary.reasons
    arms = {arm.arm: arm for arm in summary.arms}
    assert {name: arm.offered_rps for name, arm in arms.items() if arm.offered_rps} == {"jwt-hs256": 100.0}
    # Half of the cost is idle cost, so at half the rate everything costs one and a half times as much.
    assert arms["jwt-hs256"].cpu_total_us.value == pytest.approx(1.5 * 602, rel=0.01)
    assert arms["jwt-hs256"].cpu_minus_control_us.value == pytest.approx(1.5 * 200, rel=0.02)
    assert arms["none"].cpu_total_us.value == pytest.approx(402, rel=0.01)
    verdicts = {(one.a, one.b): one for one in summary.comparisons if one.metric == "cpu_total_us"}
    assert verdicts["jwt-hs256", "none"].ratio == pytest.approx(602 / 402, rel=0.01)
    assert verdicts["jwt-hs256", "none"].verdict == "slower"
    across = verdicts["session-redis", "jwt-hs256"]
    assert (across.ratio, across.verdict) == (None, "inconclusive")
    assert "measured at its own rate of 100 requests/s" in (across.refused_because or "")
    assert [rank.arm for rank in summarize_ranking(run, summary.arms, least=1)] == ["session-redis"]


def test_a_counter_of_a_slice_needs_no_second_name_to_reach_the_summary(tmp_path: Path) -> None:
    run = load_run(MiniRun(generations=5).write(tmp_path))
    for hits, expected in ((10, {"cache_hits": pytest.approx(10 / 40)}), (None, {})):
        records = [
            judged.model_copy(update={"measured": _Counted(**judged.measured.model_dump(), cache_hits=hits)})
            for judged in run.records
        ]
        summary = summarize(judge_run(replace(run, records=records)))
        assert [arm.counters for arm in summary.arms] == [expected] * len(run.arms)
        assert ("cache_hits" in summary.model_dump_json()) == (hits is not None)
