"""The page on reading a report shows lines that the command prints for the committed run, short and long."""

import io
import re
from pathlib import Path

from rich.console import Console

from analysis.records.summary import Summary
from analysis.report.screen import print_screen
from analysis.report.terminal import print_report
from analysis.summary.answers import summarize_answers
from analysis.summary.so_what import summarize_so_what

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to-read-a-report.md").read_text("utf-8")
RUNS = ROOT / "results" / "reference" / "derived"
QUICK = "20261126T144703Z-quick-eafb0f"
SCHEMES = "20261126T152417Z-schemes-360ad0"


def _printed(run: str) -> str:
    text = io.StringIO()
    summary = Summary.model_validate_json((RUNS / run / "summary.json").read_text("utf-8"))
    # What was derived before there were answers is asked for them now.
    answers, so_what = summarize_answers(summary), summarize_so_what(summary)
    summary = summary.model_copy(update={"answers": answers, "so_what": so_what})
    for show in (print_screen, print_report):
        show(summary, Path("results/derived") / run, Console(file=text, width=100))
    return text.getvalue()


def _plain(text: str) -> str:
    return " ".join(text.split())


def test_what_is_shown_is_what_the_command_prints() -> None:
    blocks = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    shown = [_plain(line) for block in blocks for line in block.splitlines()]
    assert len(shown) > 20
    printed = {_plain(line) for line in _printed(QUICK).splitlines()}
    assert [line for line in shown if line not in printed] == []


def test_the_quoted_sentence_is_one_of_the_other_run() -> None:
    quoted = _plain(" ".join(line[2:] for line in PAGE.splitlines() if line.startswith("> ")))
    assert quoted in _plain(_printed(SCHEMES))


def test_the_command_names_the_run_that_is_shown() -> None:
    assert f"authbench report results/reference/raw/{QUICK}\n" in PAGE
