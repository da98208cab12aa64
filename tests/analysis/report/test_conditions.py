"""What a report says of the rates it was measured at."""

from pathlib import Path

import pytest

from analysis.data.run import load_run
from analysis.report.conditions import conditions
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.contracts.records import HostRecord, Rate
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


def test_each_other_host_is_told_and_what_a_processor_belongs_to(tmp_path: Path) -> None:
    mini = MiniRun()
    machine = mini.manifest["machine"].model_copy(update={"cpu_model": "Another CPU", "cpus": 8})
    mini.manifest["placement"] = mini.manifest["placement"].model_copy(
        update={"app": [1007], "generator": [2000, 2001], "store": [0]}
    )
    mini.manifest["hosts"] = [
        HostRecord(
            name="application",
            parts=["application"],
            processors=[1006, 1007],
            machine=machine,
            round_trip_us=312.4,
        ),
        HostRecord(
            name="generator 1",
            parts=["generators"],
            processors=[2000, 2001],
            machine=None,
            round_trip_us=99.6,
        ),
    ]
    summary = summarize(judge_run(load_run(mini.write(tmp_path))))
    told = dict(conditions(summary))
    assert told["processors"] == "application 7 of host 1, generator 0,1 of host 2, store 0, harness 0"
    assert told["host of application"].startswith("Another CPU, 8 processors")
    assert told["host of application"].endswith("processors 6,7 of host 1, an order and its answer 312 us")
    assert told["host of generator 1"] == "processors 0,1 of host 2, an order and its answer 100 us"
    assert summary.served_by == machine
    assert summary.machine != machine
