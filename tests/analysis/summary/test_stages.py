"""Chains of stages: differences of neighbours, what they leave, and what refuses them."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from analysis.charts.stages import stages_figures
from analysis.data.run import load_run
from analysis.derive import derive
from analysis.records.summary import Summary
from analysis.report.sentences import stages_sentence
from analysis.report.terminal import print_report
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.contracts.experiment import Arm
from tests.analysis.build_run import COST_US, LEAN, MiniRun, experiment

RUNG = {LEAN: 595 / 452}
"""What makes the lean arm a last rung: 595 us, where the scheme costs 602 and the control 402."""
CHAIN = ["none", LEAN, "jwt-hs256"]


def mini(chain: list[str] = CHAIN, **changes: Any) -> MiniRun:
    arms = [*experiment().arms, Arm(scheme=LEAN)]
    values = {"generations": 5, "noise": 0.002, "factor": RUNG, "arms": arms, "stages": [chain]}
    return MiniRun(**{**values, **changes})


def summary_of(run: MiniRun, folder: Path) -> Summary:
    return summarize(judge_run(load_run(run.write(folder))))


def test_a_stage_is_the_difference_of_neighbours(tmp_path: Path) -> None:
    (chain,) = summary_of(mini(), tmp_path).stages
    assert (chain.scheme, chain.control, chain.refused_because) == ("jwt-hs256", "none", None)
    (stage,) = chain.stages
    assert stage.arm == LEAN
    assert stage.total_us.value == pytest.approx(193, rel=0.02)
    assert chain.total_us.value == pytest.approx(200, rel=0.02)
    assert chain.residual_us.value == pytest.approx(7, abs=2)
    assert chain.residual_share == pytest.approx(0.035, abs=0.01)


def test_stages_and_rest_add_up_to_the_whole(tmp_path: Path) -> None:
    longer = ["none", "session-redis (twin)", LEAN, "jwt-hs256"]
    (chain,) = summary_of(mini(longer, noise=0.01), tmp_path).stages
    values = [stage.total_us.value for stage in chain.stages]
    assert chain.residual_us.value is not None
    assert sum(value or 0 for value in values) + chain.residual_us.value == pytest.approx(
        chain.total_us.value
    )
    assert len(values) == 2


def test_a_missing_rung_refuses_the_stages(tmp_path: Path) -> None:
    # Without the factor the last rung costs 150 us less than the scheme.
    summary = summary_of(mini(factor={}), tmp_path)
    (chain,) = summary.stages
    assert chain.stages == []
    assert (chain.refused_because or "").startswith("V31")
    assert [f.severity for f in summary.findings if f.rule == "V31"] == ["refuse-figure"]
    assert stages_figures(summary) == []
    assert summary.status == "VALID"
    assert "not shown" in stages_sentence(chain)


def test_where_only_correctness_is_asked_no_stage_is_shown(tmp_path: Path) -> None:
    summary = summary_of(mini(judged_by="correctness", factor={}), tmp_path)
    assert [f.severity for f in summary.findings if f.rule == "V31"] == ["tag"]
    assert summary.stages[0].stages == []


def test_an_invalid_run_has_no_stages(tmp_path: Path) -> None:
    run = mini()
    run.change("none", store_commands={"get": 1})
    assert summary_of(run, tmp_path).stages[0].refused_because == "the run is INVALID"


def test_what_the_store_says_is_per_request(tmp_path: Path) -> None:
    run = mini(["none", "session-redis (twin)", "session-redis"])
    for place, judged in enumerate(run.slices):
        if judged.measured.store_commands:
            told = judged.measured.model_copy(update={"store_usec": {"getex": 80}})
            run.slices[place] = judged.model_copy(update={"measured": told})
    (stage,) = summary_of(run, tmp_path).stages[0].stages
    assert stage.store_own_us == pytest.approx(2.0)
    assert stage.store_us.value == pytest.approx(COST_US["session-redis"][1] - 2, rel=0.05)


def test_a_run_that_did_not_ask_the_store_says_so(tmp_path: Path) -> None:
    (stage,) = summary_of(mini(["none", "session-redis (twin)", "session-redis"]), tmp_path).stages[0].stages
    assert stage.store_own_us is None


def test_bars_begin_where_the_one_above_ends(tmp_path: Path) -> None:
    summary = summary_of(mini(), tmp_path)
    (figure,) = stages_figures(summary)
    stage, rest, whole = figure.spec["data"]["values"]
    assert (stage["value"], rest["value"], whole["value"]) == (0.0, stage["end"], 0.0)
    assert rest["end"] == pytest.approx(whole["end"])
    assert figure.name == "stages-1"
    assert "jwt-hs256" in figure.title


def test_page_table_and_terminal_show_the_stages(tmp_path: Path) -> None:
    path = mini().write(tmp_path / "raw")
    summary = derive(path, tmp_path)
    folder = tmp_path / "derived" / summary.run_id
    page = (folder / "report.html").read_text()
    assert "Where the microseconds go: jwt-hs256" in page
    assert 'data-figure="stages-1"' in page
    assert (folder / "figures" / "stages-1.svg").is_file()
    header, row = (folder / "tables" / "stages.csv").read_text().splitlines()
    assert header.startswith("scheme,arm,adds,total_us.value")
    assert row.startswith(f"jwt-hs256,{LEAN},")
    written = StringIO()
    print_report(summary, console=Console(file=written))
    text = written.getvalue()
    assert "Where the microseconds of jwt-hs256 go" in text
    assert "jwt-hs256 in all" in text
