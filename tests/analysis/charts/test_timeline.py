from pathlib import Path

import pytest

from analysis.charts.timeline import timeline_figures
from analysis.curves.timeline import timeline
from analysis.data.run import load_run
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from tests.analysis.build_run import MiniRun


def test_it_shows_cycles_restarts_and_what_was_disturbed(tmp_path: Path) -> None:
    mini = MiniRun(generations=3)
    mini.tag("none", "V06", every=2)
    mini.replace("jwt-hs256", generation=1, cycle=1)
    run = load_run(mini.write(tmp_path))
    figures = {f.name: f for f in timeline_figures(summarize(judge_run(run)), timeline(run))}
    assert list(figures) == ["run-cost", "run-lateness", "run-steal"]
    cost = figures["run-cost"]
    names = {row["arm"] for row in cost.spec["data"]["values"]}
    assert names == {"all arms together", "session-redis / jwt-hs256", "twin / original"}
    layers = cost.spec["layer"]
    signs = next(layer for layer in layers if "kind" in str(layer.get("transform")))["data"]["values"]
    assert {sign["kind"] for sign in signs} == {"disturbed", "void"}
    assert next(sign for sign in signs if sign["kind"] == "void")["objections"].endswith(
        "void in 1 of 4 slices"
    )
    starts = layers[0]["data"]["values"]
    assert len(starts) == 2
    assert "with a void one: 1" in cost.alt
    means = [row["y"] for row in cost.spec["data"]["values"] if row["arm"] == "twin / original"]
    assert sum(means) / len(means) == pytest.approx(1, abs=0.01)


def test_one_cycle_is_no_series(tmp_path: Path) -> None:
    run = load_run(MiniRun(generations=1, cycles=1).write(tmp_path))
    assert timeline_figures(summarize(judge_run(run)), timeline(run)) == []
