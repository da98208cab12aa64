"""The decision record: its evidence, its blanks, its number, and the runs it refuses."""

import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.adr.record import is_unedited, next_path, raw_digest, render_record, write_record
from analysis.data.run import load_run
from analysis.security.evidence import Evidence
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.cli import app
from authbench.contracts.failure import Failure
from authbench.contracts.security.drill_history import Effect
from tests.analysis.build_run import MiniRun
from tests.analysis.security.reports import drill_report, drilled, every_outcome, revocation_report

_SECTIONS = [
    "## Context and Problem Statement",
    "## Decision Drivers",
    "## Considered Options",
    "## Decision Outcome",
    "### Consequences",
    "### Confirmation",
    "## Pros and Cons of the Options",
    "## More Information",
]


def _record(mini: MiniRun, tmp_path: Path) -> str:
    path = mini.write(tmp_path)
    return render_record(summarize(judge_run(load_run(path))), path)


def test_what_was_measured_of_the_schemes_security_is_in_it(tmp_path: Path) -> None:
    path = MiniRun(generations=5).write(tmp_path)
    summary = summarize(judge_run(load_run(path)))
    drill = drill_report("store-killed", Effect.UNREACHABLE, drilled("session-redis"))
    text = render_record(summary, path, Evidence(every_outcome(), revocation_report(), (drill,)))
    session, token = text.partition("\n### session-redis\n")[2].split("\n### jwt-hs256\n")
    assert "| accepted after logout | up to 0.006 s in 8 (measured) |" in session
    assert "| failure, measured | store-killed: 10 of 100 requests failed" in session
    assert (
        "| accepted after logout | up to 1.8 s in 8, of 2 s declared in this measurement (measured) |"
        in token
    )
    assert "| attacks that succeeded | attack E1 (E1): 1 of 2 attacks that were run (measured) |" in token
    assert "| security report | 20261126T150001Z-attack-1a2b3c |" in text
    assert "measured) |" not in render_record(summary, path)


def test_it_has_the_sections_of_madr_and_leaves_the_decision_to_a_person(tmp_path: Path) -> None:
    text = _record(MiniRun(generations=5, lean=True, ladder=(100.0, 400.0)), tmp_path)
    assert text.startswith("---\nstatus: proposed\ndate: 2026-11-20\ndecision-makers: [owner to fill]\n")
    # log4brains 1.1 takes a front matter that ends in `---` alone for a heading, and a record that has no
    # status in a list under its title for an accepted one.
    assert "\n\n---\n\n# " in text
    assert text.partition("\n# ")[2].splitlines()[1:4] == ["", "- Status: proposed", ""]
    assert [line for line in text.splitlines() if line in _SECTIONS] == _SECTIONS
    assert "Chosen option: [owner to fill], because [owner to fill]." in text
    assert [line for line in text.splitlines() if line.startswith("### ")][-2:] == [
        "### session-redis",
        "### jwt-hs256",
    ]


def test_the_evidence_is_the_runs(tmp_path: Path) -> None:
    text = _record(MiniRun(generations=5, lean=True, ladder=(100.0, 400.0)), tmp_path)
    for words in (
        "costs 21% more",
        "noise floor",
        "| a revoked credential is refused | within 900 s; logging out does not end a credential",
        "| store commands per request | 1 getex (counted) |",
        "| store memory per live session, Redis 6.2.14, allocator jemalloc-5.1.0 | 420 [415, 425] bytes |",
        "are its library's",
        "PyJWT 2.15.1, redis-py 8.1.0, not JWT and sessions as such",
        "20261120T100000Z-mini-abc123",
        "`authbench run mini`",
        "* the store is no longer Redis 6.2.14, allocator jemalloc-5.1.0, or the round trip to it",
        "* throughput under a service level objective",
    ):
        assert words in text


def test_the_digest_is_what_sha256sum_says(tmp_path: Path) -> None:
    path = MiniRun(generations=1, cycles=2).write(tmp_path)
    command = "LC_ALL=C sha256sum manifest.json samples/*.parquet slices.jsonl | sha256sum"
    expected = subprocess.run(["sh", "-c", command], cwd=path, capture_output=True, text=True, check=True)
    assert raw_digest(path) == (expected.stdout.split()[0], 4)
    with (path / "slices.jsonl").open("a") as file:
        file.write("\n")
    assert raw_digest(path)[0] != expected.stdout.split()[0]


def test_a_record_takes_the_next_free_number(tmp_path: Path) -> None:
    name = "authenticate-requests-with-a-session-or-with-a-token.md"
    assert next_path(tmp_path).name == f"0001-{name}"
    for taken in ("0007-something.md", "0003-else.md", "notes.md", "12-short.md"):
        (tmp_path / taken).touch()
    assert next_path(tmp_path).name == f"0008-{name}"


@pytest.mark.parametrize("judged_by", ["everything", "correctness"])
def test_no_decision_rests_on_an_invalid_run_nor_on_one_that_compares_nothing(
    tmp_path: Path, judged_by: str
) -> None:
    mini = MiniRun(judged_by=judged_by)
    if judged_by == "everything":
        mini.manifest["status"] = "interrupted"
    with pytest.raises(Failure, match="no decision rests on it") as failure:
        _record(mini, tmp_path)
    assert failure.value.exit_code == 3


def test_a_record_that_nobody_edited_is_written_anew_and_no_other(tmp_path: Path) -> None:
    path = MiniRun(generations=5).write(tmp_path / "raw")
    (tmp_path / "decisions").mkdir()
    (tmp_path / "decisions" / "0001-of-somebody-else.md").write_text("# ours\n", "utf-8")

    def write(*more: str) -> Path:
        result = CliRunner().invoke(app, ["adr", path.name, "--results", str(tmp_path), *more])
        assert result.exit_code == 0, result.output
        return Path(result.stdout.partition(":")[0])

    first = write()
    assert first.name.startswith("0002-authenticate-requests")
    assert first.parent == tmp_path / "decisions"
    assert "[owner to fill]" in first.read_text("utf-8")
    assert write("--at", "3000") == first
    text = first.read_text("utf-8")
    assert "What it means: At 3,000 requests/s (as asked) session-redis needs 0.38 [" in text
    first.write_text(text.replace("[owner to fill]", "Ada", 1), "utf-8")
    assert write().name.startswith("0003-")
    assert "Ada" in first.read_text("utf-8")


def test_what_is_edited_is_seen(tmp_path: Path) -> None:
    written = write_record(tmp_path, "# A record\n").read_text("utf-8")
    assert is_unedited(written)
    for edited in (written.replace("A record", "Our record"), written + "\nmore", "# A record\n", ""):
        assert not is_unedited(edited)
