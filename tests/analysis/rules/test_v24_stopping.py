from pathlib import Path
from typing import Any

import pytest

from analysis.comparison.planning import plan_cycles
from analysis.data.run import load_run
from analysis.rules.discovery import run_findings
from analysis.rules.v24_stopping import StoppingRule
from analysis.validity.finding import Finding
from tests.analysis.build_run import MiniRun, experiment


def _findings(mini: MiniRun, tmp_path: Path) -> list[Finding]:
    return list(StoppingRule().check_run(load_run(mini.write(tmp_path))))


def test_a_run_that_ended_by_its_own_rule_passes(tmp_path: Path) -> None:
    assert _findings(MiniRun(run_id="a", cycles=5), tmp_path) == []
    narrow = MiniRun(run_id="b", generations=3, cycles=5, noise=0.002, generations_max=6)
    assert _findings(narrow, tmp_path) == []


def test_a_run_that_ended_before_its_interval_was_narrow_is_void(tmp_path: Path) -> None:
    mini = MiniRun(generations=3, cycles=5, noise=0.5, generations_max=6)
    (finding,) = _findings(mini, tmp_path)
    assert finding.severity == "void-run"
    assert finding.sentence == "it stopped after 3 generations, and its stopping rule would have gone on"


@pytest.mark.parametrize(
    ("manifest", "plan", "words"),
    [
        ({"stop_reason": " "}, {}, "why it stopped was not recorded"),
        ({"generations_done": 3}, {}, "3 generations are said to be done, and 2 were recorded"),
        ({}, {"generations_min": 3, "generations_max": 4}, "2 generations, where 3 to 4 were declared"),
        ({}, {"generations_min": 1, "generations_max": 1}, "2 generations, where 1 to 1 were declared"),
    ],
)
def test_what_the_manifest_says_must_fit(
    tmp_path: Path, manifest: dict[str, Any], plan: dict[str, Any], words: str
) -> None:
    mini = MiniRun(cycles=5, **plan)
    mini.manifest |= manifest
    (finding,) = _findings(mini, tmp_path)
    assert finding.severity == "void-run"
    assert words in finding.sentence


def _planned(run_id: str = "a", time_budget_s: float = 40.0) -> MiniRun:
    """A run of four generations that made a plan and ended when the next would not have fitted."""
    changes: dict[str, Any] = {"time_budget_s": 40.0, "generations_min": 3, "generations_max": 9}
    first = MiniRun(generations=2, noise=0.5, **changes)
    plan = plan_cycles(first.slices, experiment(**changes), first.manifest["times"])
    changes["time_budget_s"] = time_budget_s
    return MiniRun(run_id=run_id, generations=4, noise=0.5, planned=plan, **changes)


def test_a_run_that_followed_its_plan_and_kept_to_its_budget_passes(tmp_path: Path) -> None:
    assert _findings(_planned(), tmp_path) == []


def test_a_run_that_had_time_left_is_void(tmp_path: Path) -> None:
    (finding,) = _findings(_planned(time_budget_s=400.0), tmp_path)
    assert "would have gone on" in finding.sentence or "its plan is" in finding.sentence
    assert finding.severity == "void-run"


def test_a_plan_that_the_figures_do_not_ask_for_voids(tmp_path: Path) -> None:
    mini = _planned(run_id="a")
    plan = mini.manifest["plan"]
    for run_id, changed in (
        ("b", None),
        ("c", plan.model_copy(update={"cycles": plan.cycles - 1 if plan.cycles > 4 else 5})),
        ("d", plan.model_copy(update={"after_generations": 3})),
    ):
        mini = _planned(run_id=run_id)
        mini.manifest |= {"plan": changed}
        (finding,) = _findings(mini, tmp_path)
        assert finding.severity == "void-run"
        assert "its first generations ask for" in finding.sentence


def test_times_that_cannot_be_void(tmp_path: Path) -> None:
    times = _planned().manifest["times"]
    short = times[1].model_copy(update={"cycles_s": 0.5})
    late = times[0].model_copy(update={"elapsed_s": times[1].elapsed_s})
    for run_id, changed, words in (
        ("b", times[:-1], "of 4 that were measured"),
        ("c", [], "0 generations have their times recorded"),
        ("d", [times[0], short, *times[2:]], "and its slices took"),
        ("e", [late, *times[1:]], "generation 1 is said to have taken 0.0 s"),
    ):
        mini = _planned(run_id=run_id)
        mini.manifest |= {"times": changed}
        (finding,) = _findings(mini, tmp_path)
        assert finding.severity == "void-run"
        assert words in finding.sentence


def test_an_abandoned_generation_is_not_counted(tmp_path: Path) -> None:
    mini = MiniRun(generations=3, cycles=5, noise=0.002)
    mini.manifest |= {"abandoned_generations": [1], "generations_done": 2}
    assert _findings(mini, tmp_path) == []


def test_nine_whole_cycles_refuse_every_figure_and_leave_smoke_alone(tmp_path: Path) -> None:
    mini = MiniRun(run_id="a", cycles=5)
    mini.give_up("none")
    (finding,) = _findings(mini, tmp_path)
    assert (finding.number, finding.limit, finding.refuses) == (9, 10, "all")
    assert _findings(MiniRun(run_id="b", generations=1, cycles=3, judged_by="correctness"), tmp_path) == []


def test_optional_stopping_voids_the_run_where_all_rules_are_asked(tmp_path: Path) -> None:
    mini = MiniRun(generations=3, cycles=5, noise=0.5, generations_max=6)
    findings = run_findings(load_run(mini.write(tmp_path)))
    assert [f.rule for f in findings if f.severity == "void-run"] == ["V24"]
