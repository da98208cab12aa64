"""`authbench saturate` with real servers, a real store and generator: a few trials of half a second."""

import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from analysis.saturation.report import Measured, scheme_found
from authbench.contracts.experiment import Arm, Condition, find_workload
from authbench.contracts.failure import ExitCode
from authbench.contracts.saturation.folder import FOLDER, REPORT, TRIALS
from authbench.contracts.saturation.trial import DEFAULT_EFFORT, Objective, Trial
from loadtests.saturation.saturate import SaturationRequest, saturate
from tests.integration.front_door import front_door

pytestmark = pytest.mark.integration

EASY = Objective(limit_ms=60_000, bad_share=0.5)
"""Kept at the highest rate of all, however slow the machine is."""
EFFORT = DEFAULT_EFFORT.model_copy(
    update={
        "relative_width": 0.5,
        "initial_trial_s": 0.5,
        "final_trial_s": 0.5,
        "duration_sum_s": 0.5,
        "curve_trial_s": 0.2,
        "soak_s": 0.2,
    }
)


def test_a_search_of_two_schemes_leaves_trials_that_count(tmp_path: Path) -> None:
    kept: list[Trial] = []
    two = Condition(workers=2)
    arms = [Arm(scheme="none", condition=two), Arm(scheme="jwt-hs256", condition=two)]

    def lower_bound(trials: Sequence[Trial], place: int) -> float | None:
        """Lies below the ceiling, which is not raised then."""
        return max((trial.rate_rps for trial in trials), default=0.0) / 2

    seen = saturate(
        SaturationRequest(
            arms=arms,
            workload=find_workload("refreshing"),
            objectives=[EASY],
            effort=EFFORT,
            seed=1,
            find_faults=lambda record, columns: [],
            lower_bound=lower_bound,
            keep=kept.append,
            say=lambda text: None,
        )
    )
    assert seen.trials == kept
    assert {one.scheme for one in seen.ends} == {"none", "jwt-hs256"}
    for arm in arms:
        own = [trial for trial in kept if trial.scheme == arm.scheme]
        assert [trial.purpose for trial in own if trial.purpose != "search"] == ["curve"] * 8 + ["soak"]
        assert [trial.record.cycle for trial in own] == list(range(len(own)))
        assert all(trial.record.scheduled == trial.record.sent + trial.record.unsent > 0 for trial in own)
        assert sum(trial.record.accepted for trial in own) > 0
        assert all(trial.record.app_cpu_ns for trial in own)
    searched = [trial.scheme for trial in kept if trial.purpose == "search"][:2]
    assert searched == ["none", "jwt-hs256"], "they take turns"
    found = scheme_found(Measured([EASY], EFFORT, seen.placement, kept, {}), "jwt-hs256")
    assert found.found[0].bracket.lower_rps is not None
    assert found.bottleneck.next_action


def test_an_interruption_leaves_no_process_and_no_report(tmp_path: Path) -> None:
    with front_door(tmp_path, "saturate", "none", "--p99-ms", "1000") as door:
        door.wait_for("search none")
        door.process.send_signal(signal.SIGINT)
        code, _, err = door.end()
        assert code == ExitCode.INTERRUPTED, err
        assert not door.family()
    (folder,) = (tmp_path / "results" / FOLDER).iterdir()
    assert {file.name for file in folder.iterdir()} == {TRIALS}
    with front_door(tmp_path, "saturate", "--run", folder.name) as door:
        code, _, err = door.end()
    assert code == ExitCode.USAGE
    assert f"{REPORT}: not there: the run was interrupted" in err
    assert len(err.splitlines()) == 1
