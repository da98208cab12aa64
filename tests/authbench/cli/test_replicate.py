"""`authbench replicate` from a claim's file to the report, and a report shown again."""

import json
from pathlib import Path

import pytest
import typer

from authbench.cli.replicate import replicate
from authbench.contracts.failure import Failure
from authbench.contracts.replication.folder import replications
from authbench.contracts.replication.report import ReplicationReport
from tests.integration.front_door import MINI

CLAIM = """
name = "smaller"
claim = "A session is smaller than a token."
by = "a test"
reported = "nothing"

[[parts]]
says = "the request is shorter"
properly = { kind = "bytes-ratio", run = "EXPERIMENT", a = "session-redis", b = "jwt-hs256" }
confirmed_to = 0.9
refuted_above = 1.0
also = { "times" = { kind = "time-ratio", set_up = "in turn", a = "session-redis", b = "jwt-hs256" } }

[[set_ups]]
name = "in turn"
load = "loop"
connections = [2]
rounds = 3
seconds = 0.1
mistakes = ["fixed-order"]
arms = [{ scheme = "session-redis" }, { scheme = "jwt-hs256" }]
"""


def test_a_claim_is_measured_judged_and_shown_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    experiment, file, results = tmp_path / "mini.toml", tmp_path / "smaller.toml", tmp_path / "results"
    experiment.write_text(MINI)
    file.write_text(CLAIM.replace("EXPERIMENT", str(experiment)))
    replicate([str(file)], results=results, json=True)
    found = ReplicationReport.model_validate(json.loads(capsys.readouterr().out))
    assert [found] == replications(results)
    (one,) = found.claims
    assert (one.answer, one.parts[0].also["times"].value is not None) == ("confirmed", True)
    assert (results / "derived" / found.runs[str(experiment)] / "summary.json").is_file()
    replicate(results=results, run=found.run_id)
    assert capsys.readouterr().out.startswith("Of 1 published claim: 1 confirmed.")


def test_a_mistake_is_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="unknown claim 'sesion-4-times': did you mean 'session-4-times'"):
        replicate(["sesion-4-times"], results=tmp_path)
    with pytest.raises(Failure, match="cannot be read"):
        replicate(results=tmp_path, run="nothing")
    assert not list(tmp_path.iterdir())


def test_an_invalid_run_ends_with_its_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from authbench.cli.shared.replication import replicate_claims as module
    from tests.analysis.replication.made_claims import report

    monkeypatch.setattr(module, "replicate_claims", lambda _: (report([]), tmp_path, False))
    with pytest.raises(typer.Exit) as ended:
        replicate(["crossover"], results=tmp_path)
    assert ended.value.exit_code == 3
