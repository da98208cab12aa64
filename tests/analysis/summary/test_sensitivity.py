from pathlib import Path

import pytest

from analysis.data.run import load_run
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.contracts.experiment import Arm
from tests.analysis.build_run import LEAN, MiniRun, experiment


def test_a_pair_is_what_compare_says_or_what_the_name_says() -> None:
    arms = [*experiment().arms, Arm(scheme=LEAN, role="sensitivity")]
    assert experiment(arms=arms).sensitivity_pairs == [("jwt-hs256", LEAN)]
    declared = experiment(arms=arms, compare=[("session-redis", "none"), (LEAN, "session-redis")])
    assert declared.sensitivity_pairs == [("session-redis", LEAN)]
    stranger = [*experiment().arms, Arm(scheme="other", role="sensitivity")]
    assert experiment(arms=stranger).sensitivity_pairs == []
    assert experiment().sensitivity_pairs == []


def test_the_librarys_share_is_the_gap_by_the_tax(tmp_path: Path) -> None:
    summary = summarize(judge_run(load_run(MiniRun(generations=5, lean=True, noise=0.002).write(tmp_path))))
    (pair,) = summary.sensitivity
    assert pair.ratio.ratio == pytest.approx(602 / 452, rel=0.01)
    assert pair.tax_us.value == pytest.approx(200, rel=0.03)
    assert pair.library_us.value == pytest.approx(150, rel=0.03)
    assert pair.share_of_tax == pytest.approx(0.75, rel=0.05)


def test_without_a_tax_there_is_no_share(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, lean=True, factor={"jwt-hs256": 402 / 602})
    assert summarize(judge_run(load_run(mini.write(tmp_path)))).sensitivity[0].share_of_tax is None


def test_an_invalid_run_has_no_share_either(tmp_path: Path) -> None:
    mini = MiniRun(lean=True)
    mini.change("none", store_commands={"get": 1})
    (pair,) = summarize(judge_run(load_run(mini.write(tmp_path)))).sensitivity
    assert (pair.share_of_tax, pair.ratio.refused_because) == (None, "the run is INVALID")
