from pathlib import Path

import pytest

from analysis.data.run import load_run
from analysis.rules.v23_nothing_left_out import NothingLeftOut
from tests.analysis.build_run import MiniRun

ARM = "jwt-hs256"


def _sentences(mini: MiniRun, folder: Path) -> list[str]:
    findings = list(NothingLeftOut().check_run(load_run(mini.write(folder))))
    assert {finding.severity for finding in findings} <= {"void-run"}
    return [finding.sentence for finding in findings]


def test_every_planned_saturated_slice_is_there(tmp_path: Path) -> None:
    assert _sentences(MiniRun(saturated_cycles=3, ladder=(400.0,)), tmp_path) == []


def test_one_that_is_missing_is_told(tmp_path: Path) -> None:
    mini = MiniRun(saturated_cycles=3)
    del mini.slices[mini.find(ARM, 1, 5)]
    assert _sentences(mini, tmp_path) == ["2 saturated slices were measured, where 3 were planned"]


def test_an_attempt_that_is_void_counts_as_measured(tmp_path: Path) -> None:
    mini = MiniRun(saturated_cycles=3)
    mini.replace(ARM, 0, 4)
    assert _sentences(mini, tmp_path) == []


def test_two_valid_attempts_of_one_are_told(tmp_path: Path) -> None:
    mini = MiniRun(saturated_cycles=3)
    mini.slices.append(mini.slices[mini.find(ARM, 0, 4)])
    assert _sentences(mini, tmp_path) == ["2 attempts of one saturated slice count as valid"]


@pytest.mark.parametrize("planned", [0, 2])
def test_more_than_planned_is_told(planned: int, tmp_path: Path) -> None:
    mini = MiniRun(saturated_cycles=3)
    mini.manifest["experiment"] = mini.manifest["experiment"].model_copy(update={"saturated_cycles": planned})
    assert f"where {planned} were planned" in _sentences(mini, tmp_path)[0]


def test_an_abandoned_generation_has_none_to_miss(tmp_path: Path) -> None:
    mini = MiniRun(generations=3, saturated_cycles=2)
    mini.slices = [
        judged
        for judged in mini.slices
        if judged.measured.generation != 1 or judged.measured.purpose != "saturated"
    ]
    mini.manifest |= {"abandoned_generations": [1], "generations_done": 2}
    assert _sentences(mini, tmp_path) == []
