import itertools
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from analysis.charts.lines import MANY_LINES, hidden_at_first, line_chart, spread
from analysis.data.run import load_run
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from tests.analysis.build_run import MiniRun


@given(places=st.lists(st.floats(0, 280), max_size=20).map(sorted))
def test_names_at_lines_ends_never_cover_each_other(places: list[float]) -> None:
    moved = spread(places, 14, 280)
    assert all(after - before >= 14 - 1e-6 for before, after in itertools.pairwise(moved))
    assert all(place <= 280 + 1e-6 for place in moved)


def test_places_that_are_far_apart_stay() -> None:
    assert spread([0.0, 100.0, 200.0], 14, 280) == [0.0, 100.0, 200.0]


def test_no_two_of_forty_lines_are_drawn_alike() -> None:
    names = [f"arm {number}" for number in range(40)]
    rows = [{"arm": name, "x": 0.0, "y": 1.0 + place} for place, name in enumerate(names)]
    axis: dict[str, object] = {"axis": {}}
    lines = line_chart(rows, "alt", 280, names=names, x=axis, y=axis)["usermeta"]["lines"]
    assert len({(line["color"], str(line["dash"])) for line in lines}) == 40


def test_of_many_lines_the_primary_pair_and_the_control_are_shown(tmp_path: Path) -> None:
    summary = summarize(judge_run(load_run(MiniRun(generations=5).write(tmp_path))))
    assert hidden_at_first(summary) == []
    model = next(arm for arm in summary.arms if arm.role == "arm")
    more = [model.model_copy(update={"arm": f"arm {number}"}) for number in range(MANY_LINES)]
    hidden = hidden_at_first(summary.model_copy(update={"arms": [*summary.arms, *more]}))
    assert {arm.arm for arm in more} <= set(hidden)
    assert not {"none", "session-redis", "jwt-hs256"} & set(hidden)
