"""What a report says of the rates it was measured at."""

from pathlib import Path

import pytest

from analysis.data.run import load_run
from analysis.report.conditions import conditions
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.contracts.records import Rate
from tests.analysis.build_run import ARMS, MiniRun

_CEILINGS = dict(zip(ARMS, (600.0, 400.0, 500.0, 500.0), strict=True))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {},
            "200 requests/s for every arm, 40% of what the median arm can do, 50% of the slowest's",
        ),
        (
            {"kept_from": "run-1"},
            "200 requests/s for every arm, as in run-1: today 40% of what the median arm can do, 50% of "
            "the slowest's",
        ),
        (
            {"own_arms": ["session-redis"], "own_rps": 160.0},
            "200 requests/s, 40% of what the median arm can do, 40% of the slowest's; session-redis cannot "
            "carry it: measured at 160 requests/s, compared with the control at that rate and with no "
            "other arm",
        ),
        ({"share": None, "closed_loop_rps": {}}, "200 requests/s for every arm, as given"),
    ],
)
def test_the_rate_is_told_with_where_it_comes_from(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    mini = MiniRun()
    rate = Rate(offered_rps=200.0, closed_loop_rps=_CEILINGS, share=0.4)
    mini.manifest["rate"] = rate
    summary = summarize(judge_run(load_run(mini.write(tmp_path))))
    told = conditions(summary.model_copy(update={"rate": rate.model_copy(update=changes)}))
    assert dict(told)["offered rate"] == words
