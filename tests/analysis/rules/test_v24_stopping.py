from pathlib import Path
from typing import Any

import pytest

from analysis.data.run import load_run
from analysis.rules.discovery import run_findings
from analysis.rules.v24_stopping import StoppingRule
from analysis.validity.finding import Finding
from tests.analysis.build_run import MiniRun


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
