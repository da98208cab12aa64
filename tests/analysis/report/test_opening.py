import pytest

from analysis.data.run import load_run
from analysis.records.summary import Summary
from analysis.report.opening import (
    bound_sentences,
    cost_places,
    mark_sentences,
    throughput_places,
    verdict,
    with_interval,
)
from analysis.statistics.estimate import Estimate
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from tests.analysis.answered import BOUND, answered
from tests.analysis.build_run import MiniRun


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    folder = tmp_path_factory.mktemp("run")
    return answered(summarize(judge_run(load_run(MiniRun(generations=5).write(folder)))))


def _refused(summary: Summary, metric: str) -> Summary:
    comparisons = [
        c.model_copy(update={"ratio": None, "refused_because": "the twin differs as much"})
        if c.metric == metric
        else c
        for c in summary.comparisons
    ]
    return summary.model_copy(update={"comparisons": comparisons})


def test_the_verdict_has_a_sentence_for_each_answer(summary: Summary) -> None:
    cost, latency, served = verdict(summary)
    assert "costs 21% more CPU per request" in cost
    assert "service time p50" in latency
    # Nothing is compared, and both figures stand all the same.
    assert served.startswith(
        "Throughput: session-redis 3,600 requests/s, jwt-hs256 at least 4,450 requests/s"
    )
    assert "described, not compared" in served


def test_a_refused_comparison_still_tells_its_figures(summary: Summary) -> None:
    latency = verdict(_refused(summary, "service_p50_ms"))[1]
    assert latency.endswith("ms; described, not compared: the twin differs as much.")
    cost = verdict(_refused(summary, summary.primary_metric))[0]
    assert cost.startswith("CPU per request: session-redis 7")
    bare = summary.model_copy(update={"arms": []})
    assert verdict(bare)[2].startswith("Throughput: no figure, because")


def test_an_invalid_run_says_so_instead(summary: Summary) -> None:
    void = summary.model_copy(update={"status": "INVALID", "reasons": ["V01: too little was sent"]})
    assert verdict(void) == ["INVALID: the figures of this run may not be used.", "V01: too little was sent"]


def test_places_by_throughput_leave_out_bounds_and_what_is_set_apart(summary: Summary) -> None:
    assert throughput_places(summary) == {"session-redis": 1}
    faster = [
        arm.model_copy(update={"role": "arm"}) if arm.role == "control" else arm for arm in summary.arms
    ]
    assert throughput_places(summary.model_copy(update={"arms": faster})) == {"none": 1, "session-redis": 2}
    assert cost_places(summary) == {}


def test_reasons_are_told_once(summary: Summary) -> None:
    assert bound_sentences(summary) == [f"jwt-hs256: {BOUND}"]
    assert mark_sentences(summary) == [
        "V06 (figures marked) jwt-hs256 60% (share of slices): the generator was late -> leave its processor "
        "to it alone"
    ]


def test_an_interval_without_any_end_is_not_printed() -> None:
    assert with_interval(Estimate(value=1234.5, low=1000.0, high=None), 0) == "1,234 [1,000, ?]"
    assert with_interval(Estimate(value=0.5), 2) == "0.50"
    assert with_interval(Estimate(reason="nothing was measured"), 2) == "-"
