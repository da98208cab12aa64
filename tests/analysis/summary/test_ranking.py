from pathlib import Path

import pytest

from analysis.data.run import load_run
from analysis.records.summary import RankSummary
from analysis.report.terminal import print_report
from analysis.summary.between_arms import summarize_ranking
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from tests.analysis.build_run import MiniRun


def places(mini: MiniRun, folder: Path) -> list[tuple[int, str]]:
    run = judge_run(load_run(mini.write(folder)))
    return [(rank.place, rank.arm) for rank in summarize_ranking(run, summarize(run).arms, least=2)]


def test_arms_stand_by_cost(tmp_path: Path) -> None:
    found = places(MiniRun(generations=5, noise=0.002), tmp_path)
    assert found == [(1, "jwt-hs256"), (2, "session-redis")]


def test_arms_that_cannot_be_told_apart_share_a_place(tmp_path: Path) -> None:
    same = MiniRun(generations=5, noise=0.002, factor={"jwt-hs256": 730 / 602})
    assert [place for place, _ in places(same, tmp_path)] == [1, 1]


def test_few_arms_need_no_ranking(tmp_path: Path) -> None:
    assert summarize(judge_run(load_run(MiniRun(generations=5).write(tmp_path)))).ranking == []


def test_the_terminal_shows_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary = summarize(judge_run(load_run(MiniRun(generations=5).write(tmp_path))))
    ranks = [RankSummary(place=1, arm="jwt-hs256", dearer_than=[])]
    print_report(summary.model_copy(update={"ranking": ranks}))
    assert "shown to cost less" in capsys.readouterr().out
