"""A user's mistake is one line on standard error, with the documented exit code."""

import json
from pathlib import Path

import pytest

from authbench.exitcodes import ExitCode
from tests.integration.front_door import MINI, front_door, write_mini

pytestmark = pytest.mark.integration


def _one_line(folder: Path, *arguments: str) -> tuple[int, str]:
    with front_door(folder, *arguments) as door:
        code, out, err = door.end()
    assert out == ""
    lines = err.strip().splitlines()
    assert len(lines) == 1, err
    return code, lines[0]


def test_unknown_scheme(tmp_path: Path) -> None:
    (tmp_path / "mini.toml").write_text(MINI.replace("jwt-hs256", "jwt-hs265"), "utf-8")
    code, line = _one_line(tmp_path, "run", "mini.toml")
    assert code == ExitCode.USAGE
    assert "unknown scheme 'jwt-hs265'" in line
    assert "jwt-hs256" in line
    assert not (tmp_path / "results").exists()


def test_unknown_key(tmp_path: Path) -> None:
    (tmp_path / "mini.toml").write_text(MINI.replace("slice_s", "slices_s"), "utf-8")
    code, line = _one_line(tmp_path, "run", "mini.toml")
    assert (code, "unknown key 'slices_s'; did you mean 'slice_s'?" in line) == (ExitCode.USAGE, True)


def test_unknown_experiment_run_and_drill(tmp_path: Path) -> None:
    code, line = _one_line(tmp_path, "run", "quik")
    assert (code, "unknown experiment 'quik'" in line) == (ExitCode.USAGE, True)
    code, line = _one_line(tmp_path, "report", "nothing")
    assert (code, "no run 'nothing'" in line) == (ExitCode.USAGE, True)
    code, line = _one_line(tmp_path, "drill", "flood")
    assert (code, "unknown drill 'flood'" in line) == (ExitCode.USAGE, True)


def test_a_redis_that_is_not_there(tmp_path: Path) -> None:
    code, line = _one_line(tmp_path, "run", write_mini(tmp_path), "--redis-url", "redis://127.0.0.1:1/0")
    assert code == ExitCode.USAGE
    assert "no Redis answers there" in line


def test_results_of_a_newer_schema(tmp_path: Path) -> None:
    run = tmp_path / "results" / "raw" / "later"
    run.mkdir(parents=True)
    (run / "manifest.json").write_text(json.dumps({"schema_version": 99}), "utf-8")
    code, line = _one_line(tmp_path, "report", "later")
    assert code == ExitCode.USAGE
    assert "schema 99" in line
    assert "update authbench" in line


def test_wrong_usage_exits_with_its_code(tmp_path: Path) -> None:
    code, line = _one_line(tmp_path, "run", "smoke", "--sede", "1")
    assert code == ExitCode.USAGE
    assert "No such option: --sede" in line
