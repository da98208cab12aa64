"""`authbench list`: one line each, names whole, and details by name."""

import json

import pytest
from typer.testing import CliRunner

from authbench.cli import app
from authbench.contracts.experiment import shipped
from authbench.contracts.failure import Failure
from servers.discovery import known_libraries, known_schemes, missing_libraries


def _told(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["list", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_one_line_each_with_whole_names_in_a_hundred_columns() -> None:
    lines = _told().splitlines()
    named = [line.split()[0] for line in lines if line.strip()]
    names = [*known_schemes(), *known_libraries(), *shipped("experiments"), *shipped("workloads")]
    assert all(named.count(name) == names.count(name) for name in names)
    assert max(len(line) for line in lines) <= 100
    # Four heads of two lines, what to type, and what is not installed where anything is not.
    assert len(lines) == len(names) + 9 + bool(missing_libraries())


def test_a_name_prints_what_there_is_to_know() -> None:
    assert "| operation | store commands |" in _told("session-redis")
    told = _told("quick")
    assert "compares session-redis / jwt-hs256 (primary)" in told
    assert "session-redis (twin)  twin" in told
    assert "80% GET /me, 15% GET /orders" in _told("mixed")
    assert "session-redis logout  arm          operation = logout" in _told("operations")
    assert "condition" not in _told("versions")
    assert "packages = pyjwt==2.13.0\n" in _told("versions")
    both = _told("login-storm")
    assert "experiment login-storm" in both
    assert "workload login-storm" in both


def test_a_machine_gets_everything_or_what_is_named() -> None:
    assert set(json.loads(_told("--json"))) == {"schemes", "libraries", "experiments", "workloads"}
    assert list(json.loads(_told("quick", "--json"))["experiments"]) == ["quick"]


def test_a_name_that_is_nearly_right_is_told() -> None:
    result = CliRunner().invoke(app, ["list", "sesion-redis"])
    assert isinstance(result.exception, Failure)
    assert "did you mean 'session-redis'?" in str(result.exception)


@pytest.mark.parametrize("verb", ["run", "calibrate"])
def test_an_experiments_name_is_told_by_every_verb_that_takes_one(verb: str) -> None:
    result = CliRunner().invoke(app, [verb, "quik"])
    assert "unknown experiment 'quik': did you mean 'quick'?" in str(result.exception)
