"""What the command itself offers, before any verb."""

from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from authbench.cli import app


def test_version() -> None:
    told = CliRunner().invoke(app, ["--version"])
    assert (told.exit_code, told.stdout) == (0, f"authbench {version('authbench')}\n")


def test_every_verb_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "_AUTHBENCH_COMPLETE": "complete_bash",
        "COMP_WORDS": "authbench ",
        "COMP_CWORD": "1",
    }.items():
        monkeypatch.setenv(name, value)
    told = CliRunner().invoke(app, [], prog_name="authbench")
    assert {"run", "report", "rotate-keys", "list", "verify"} <= set(told.stdout.split())
