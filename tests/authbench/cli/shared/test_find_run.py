"""Which run is meant by an id, a path, 'latest' and 'previous'."""

from pathlib import Path
from typing import Any

import pytest

from authbench.cli.shared.find_run import compares, earlier_run, find_run, is_a_run
from authbench.contracts.failure import Failure
from tests.analysis.build_run import PLANTED, MiniRun


def _write(raw: Path, run_id: str, hour: int = 8, status: str = "complete", **changes: Any) -> Path:
    mini = MiniRun(generations=1, cycles=1, requests=1, run_id=run_id, **changes)
    mini.manifest |= {"started_at": f"2026-11-20T{hour:02}:00:00+00:00", "status": status}
    return mini.write(raw)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    _write(tmp_path / "raw", "20261120T080000Z-mini-aaaaaa")
    _write(tmp_path / "reference" / "raw", "20261101T080000Z-quick-cccccc")
    return tmp_path


@pytest.mark.parametrize(
    "way",
    [
        "20261120T080000Z-mini-aaaaaa",
        "{results}/raw/20261120T080000Z-mini-aaaaaa",
        "{results}/raw/20261120T080000Z-mini-aaaaaa/",
        "{results}/raw/20261120T080000Z-mini-aaaaaa/manifest.json",
        "{results}/derived/20261120T080000Z-mini-aaaaaa",
        "{results}/derived/20261120T080000Z-mini-aaaaaa/report.html",
        "raw/20261120T080000Z-mini-aaaaaa",
        "latest",
        "{results}/latest",
    ],
)
def test_every_name_of_a_run_is_understood(results: Path, way: str) -> None:
    found = find_run(results, way.format(results=results))
    assert found == (results / "raw" / "20261120T080000Z-mini-aaaaaa").resolve()


@pytest.mark.parametrize(
    "way",
    [
        "20261101T080000Z-quick-cccccc",
        "{results}/reference/raw/20261101T080000Z-quick-cccccc",
        "{results}/reference/derived/20261101T080000Z-quick-cccccc/report.html",
        "{results}/derived/20261101T080000Z-quick-cccccc/report.html",
    ],
)
def test_committed_runs_are_found_too(results: Path, way: str) -> None:
    """Also where `report` has derived a committed run among one's own."""
    found = find_run(results, way.format(results=results))
    assert found == (results / "reference" / "raw" / "20261101T080000Z-quick-cccccc").resolve()


def test_a_path_relative_to_where_one_is(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(results / "raw" / "20261120T080000Z-mini-aaaaaa" / "samples")
    for way in ("..", "."):
        assert find_run(results, way).name == "20261120T080000Z-mini-aaaaaa"


def test_a_name_that_is_nearly_right_is_told(results: Path) -> None:
    with pytest.raises(Failure, match="did you mean '20261120T080000Z-mini-aaaaaa'"):
        find_run(results, "20261120T080000Z-mini-aaaaab")
    with pytest.raises(Failure, match=r"no run 'nothing' .*: authbench runs lists them"):
        find_run(results, "nothing")


def test_without_any_run_it_says_how_to_make_one(tmp_path: Path) -> None:
    for name in ("latest", "x"):
        with pytest.raises(Failure, match="authbench run"):
            find_run(tmp_path, name)


def test_the_latest_is_the_newest_that_can_carry_the_verb_and_it_is_named(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = results / "raw"
    ladder = _write(raw, "ladder", 9, ladder=(100.0, 400.0))
    smoke = _write(raw, "smoke", 10, judged_by="correctness", ladder=(100.0, 400.0))
    _write(raw, "cut", 11, status="interrupted")
    _write(raw, "planted", 12, **PLANTED)
    assert find_run(results, "latest", carries=is_a_run) == smoke.resolve()
    assert find_run(results, "latest", "that compares", compares) == ladder.resolve()
    assert "latest that compares: ladder" in capsys.readouterr().err


def test_the_previous_one_is_of_the_same_experiment(results: Path) -> None:
    raw = results / "raw"
    first = _write(raw, "first", 9)
    _write(raw, "other", 10, name="other")
    later = _write(raw, "later", 11)
    assert earlier_run(results, later) == first.resolve()
    with pytest.raises(Failure, match="no complete run of other before other"):
        earlier_run(results, raw / "other")
