"""The tutorial shows lines of the run; what is outside its blocks stays."""

import pytest

from analysis.readme.printed_blocks import printed_document
from authbench.contracts.failure import Failure
from tests.analysis.capacity.runs import reference


def _block(name: str) -> list[str]:
    text = f"before\n<!-- figures: {name} -->\nold\n<!-- end of figures -->\nafter\n"
    lines = printed_document(text, reference()[0]).splitlines()
    assert (lines[0], lines[-1]) == ("before", "after")
    return lines[3:-3]


def test_a_table_has_its_heading_and_the_arms_that_the_tutorial_is_about() -> None:
    heading, *rows = [line.split("  ")[0] for line in _block("report-cost") if not line.startswith("─")][1:]
    assert heading == "arm"
    assert rows == ["none", "session-redis", "session-redis (twin)", "jwt-hs256"]
    assert any(line.startswith("none (control) ") for line in _block("screen-table"))


@pytest.mark.parametrize("name", ["screen-so-what", "report-answer", "report-library", "report-status"])
def test_a_sentence_is_shown_to_its_end(name: str) -> None:
    assert _block(name)[-1].endswith(".")


def test_an_unknown_block_is_one_line() -> None:
    with pytest.raises(Failure, match="unknown block of figures 'screan'"):
        _block("screan")
