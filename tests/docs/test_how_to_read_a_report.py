"""The page on reading a report shows lines that the command prints for the committed run, short and long."""

import io
import re
from pathlib import Path

from rich.console import Console

from analysis.readme.__main__ import reference_run
from analysis.records.summary import Summary
from analysis.report.screen import print_screen
from analysis.report.terminal import print_report

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to-read-a-report.md").read_text("utf-8")
RUN = reference_run()


def _printed() -> str:
    text = io.StringIO()
    summary = Summary.model_validate_json((RUN / "summary.json").read_text("utf-8"))
    for show in (print_screen, print_report):
        show(summary, Path("results/derived") / RUN.name, Console(file=text, width=100))
    return text.getvalue()


def _plain(text: str) -> str:
    return " ".join(text.split())


def test_what_is_shown_is_what_the_command_prints() -> None:
    blocks = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    shown = [_plain(line) for block in blocks for line in block.splitlines()]
    assert len(shown) > 20
    printed = {_plain(line) for line in _printed().splitlines()}
    assert [line for line in shown if line not in printed] == []


def test_the_command_names_the_run_that_is_shown() -> None:
    assert f"authbench report results/reference/raw/{RUN.name}\n" in PAGE
