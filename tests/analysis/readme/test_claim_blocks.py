"""The table of published claims comes from a report; where there is none, a line says how to make it."""

import re

import pytest

from analysis.readme.claim_blocks import NOT_MEASURED, claims_document
from analysis.replication.verdict import judge_claim
from authbench.contracts.failure import Failure
from authbench.contracts.replication.report import Measured, ReplicationReport
from tests.analysis.replication.made_claims import PROPERLY, PUBLISHED, claim, report

TEXT = "before\n<!-- figures: published-claims -->\nold\n<!-- end of figures -->\nafter\n"


def _written(*found: ReplicationReport) -> str:
    written = claims_document(TEXT, found)
    assert written.startswith("before\n<!-- figures: published-claims -->\n")
    assert written.endswith("<!-- end of figures -->\nafter\n")
    assert "\nold\n" not in written
    return written


def test_without_a_report_the_block_says_how_to_make_one() -> None:
    assert NOT_MEASURED in _written()


def test_a_row_has_claim_source_verdict_and_both_figures() -> None:
    read = {PROPERLY: Measured(value=1.4, low=1.3, high=1.5), PUBLISHED: Measured(value=6, low=5.5, high=7)}
    text = _written(report([judge_claim(claim(), lambda figure: read[figure])]))
    (row,) = re.findall(r"^\| A session.*$", text, re.MULTILINE)
    assert row == (
        "| A session is five times slower. | [Somebody, 2025](https://example.org/five) "
        "| **refuted, explained** | 1.40 x [1.30, 1.50] | 6.00 x [5.50, 7.00] |"
    )
    assert "in 15 minutes (a CPU, 2 processors)" in text
    assert "* *A session is five times slower.* Whoever is first waits." in text


def test_a_confirmed_claim_needs_no_explanation() -> None:
    found = judge_claim(claim(), lambda _: Measured(value=6, low=5.5, high=7))
    assert "\n* *" not in _written(report([found]))


def test_a_claim_that_is_not_told_says_why() -> None:
    found = judge_claim(claim(source=""), lambda _: Measured(reason="latency was refused"))
    text = _written(report([found]))
    assert "| Somebody, 2025 | **cannot be told here** | - | - |" in text
    assert "* *A session is five times slower.* Latency was refused." in text


def test_a_claim_that_was_measured_again_has_its_newest_verdict() -> None:
    slow = judge_claim(claim(), lambda _: Measured(value=1, low=1, high=1))
    fast = judge_claim(claim(), lambda _: Measured(value=6, low=6, high=6))
    again = report([fast]).model_copy(update={"command": "authbench replicate five", "seconds": 120})
    text = _written(report([slow]), again)
    assert len(re.findall(r"^\| A session", text, re.MULTILINE)) == 1
    assert "**confirmed**" in text
    assert "Measured by `authbench replicate five` on " in text, "nothing of the first one is shown"
    other = judge_claim(claim(name="other", claim="Another."), lambda _: Measured(value=6, low=6, high=6))
    text = _written(report([slow, other]), again)
    assert ", then by `authbench replicate five` on " in text
    assert [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| A")] == [
        "| A session is five times slower.",
        "| Another.",
    ]


def test_an_unknown_block_is_one_line() -> None:
    with pytest.raises(
        Failure, match=r"docs/published-claims.md: unknown block of figures 'published-claim'"
    ):
        claims_document(TEXT.replace("claims -->", "claim -->"), [])
