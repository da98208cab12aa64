"""Pages name make targets and commands that exist, and the README shows the figures of the committed run."""

import re
from pathlib import Path

import pytest

from analysis.readme.__main__ import reference_run
from analysis.records.summary import Summary
from analysis.report import sentences
from authbench.cli import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "decisions").glob("*.md")]
)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
COMMANDS = {command.name for command in app.registered_commands}
COMMANDS |= {group.name for group in app.registered_groups}
QUICK = reference_run() / "summary.json"


def _code(page: Path) -> str:
    """What is marked as code, in lines and between them."""
    text = page.read_text("utf-8")
    fenced = re.findall(r"^ *```(?:sh)?\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    return "\n".join([*fenced, *re.findall(r"`([^`\n]+)`", text)])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_targets_and_commands_exist(page: Path) -> None:
    code = _code(page)
    assert set(re.findall(r"^ *make ([a-z-]+)", code, re.MULTILINE)) <= TARGETS
    assert set(re.findall(r"^ *(?:\.venv/bin/)?authbench ([a-z-]+)", code, re.MULTILINE)) <= COMMANDS


def test_the_readme_names_every_command() -> None:
    table = README.partition("## The other commands")[2].partition("| other programs")[0]
    named = set(re.findall(r"^\| `([a-z][a-z-]+)", table, re.MULTILINE))
    assert named == COMMANDS


def test_the_first_table_shows_the_committed_run() -> None:
    """Its figures are those of the summary; that the command wrote them is another test."""
    arms = {arm.arm: arm for arm in Summary.model_validate_json(QUICK.read_text("utf-8")).arms}
    rows = re.findall(r"^\| `([\w-]+)` \| (\d.*) \|$", README, re.MULTILINE)
    assert len(rows) == 4
    for name, cells in rows:
        arm = arms[name]
        shown = [cell.strip() for cell in cells.split("|")]
        assert shown[0] == sentences.estimate(arm.cpu_minus_control_us, 0, interval=True)
        assert shown[1].startswith(sentences.estimate(arm.service_ms["p50"], 2))
        assert shown[-3].lower() == sentences.store_commands(arm)
        assert shown[-2] == f"{arm.request_bytes:.0f}"
        assert shown[-1].startswith(f"{arm.revocation_window_s:g} s")
