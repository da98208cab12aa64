"""The table of windows, and the sentences below it."""

from pathlib import Path

import pytest

from analysis.revocation.terminal import bounds, print_revocations, sentences, table
from authbench.contracts.security.revocation import Bounds
from tests.analysis.revocation.reports import CAME_BACK, KEEPS, report


def test_one_line_for_each_kind_with_everything_that_a_window_needs() -> None:
    head, line = table(report(*[KEEPS] * 3), verbose=False)
    assert head.split() == [
        *("scheme", "revoked", "by", "declared", "median", "[95", "%]", "longest", "n"),
        *("accepted", "at", "the", "end", "came", "back", "workers", "store,", "ms", "verdict"),
    ]
    assert line.split("  ")[0] == "a-scheme"
    assert " ".join(line.split()) == (
        "a-scheme logout 1 0.010-0.030 [0.010, 0.030] 0.010-0.030 6 0 0 of 6 (<0.5) 1+2 0+2 as declared"
    )
    assert head.index("verdict") == line.index("as declared")


def test_verbose_adds_a_line_for_each_condition() -> None:
    lines = [" ".join(line.split()) for line in table(report(KEEPS), verbose=True)]
    assert lines[2:] == [
        "0.010-0.030 0.010-0.030 1 0 0 of 1 (<1) 1 0",
        "0.010-0.030 0.010-0.030 1 0 0 of 1 (<1) 2 2",
    ]


def test_zero_is_never_printed_without_its_bound() -> None:
    assert bounds(Bounds(at_least_s=0, at_most_s=0.02, low_s=None, high_s=None)) == "0.000-0.020"
    assert bounds(Bounds(at_least_s=1, at_most_s=None, low_s=0.5, high_s=None)) == "1.000-... [0.500, ...]"
    assert bounds(None) == "-"


def test_what_is_wrong_is_said_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    print_revocations(report(KEEPS, declared_s=0), Path("results/x.json"))
    out = capsys.readouterr().out
    assert (
        "FAILED: a-scheme, logout: longer than declared: accepted 0.010 s after the call returned, 0 s "
        "declared; came back 0 times of 2: fix the scheme, or correct its card" in out
    )
    assert out.endswith("Everything: results/x.json\n")
    assert "came back 2 times of 2" in "\n".join(sentences(report(CAME_BACK)))


def test_a_control_that_was_not_found_makes_everything_void() -> None:
    told = sentences(report(KEEPS, control=()))
    assert any(line.startswith("VOID: Vulnerable, logout: it must be found") for line in told)
    assert "Servers that are broken on purpose: 0 of 1 found." in told


def test_what_was_not_measured_and_what_failed_is_told() -> None:
    told = sentences(report(KEEPS, failed=["logout: POST /login answered 503"], scaled=True))
    assert "Left out: none: it authenticates nobody." in told
    assert "a-scheme: not revoked: logout: POST /login answered 503." in told
    assert any("does NOT scale with the lifetime" in line for line in told)
