"""Tables of the security documents come from reports; where there are none, a line says how to make them."""

import re
from pathlib import Path

import pytest

from analysis.readme.security_blocks import DOCUMENTS, NOT_MEASURED, security_document
from analysis.security.evidence import Evidence
from authbench.contracts.failure import Failure
from authbench.contracts.security.drill_history import Effect
from tests.analysis.security.reports import (
    SUCCEEDED,
    attack_report,
    cell,
    drill_report,
    drilled,
    every_outcome,
    policy_figures,
    revocation_report,
    row,
)

ROOT = Path(__file__).parents[3]
BLOCKS = sorted(
    {name for file in DOCUMENTS for name in re.findall(r"figures: (\S+) -->", (ROOT / file).read_text())}
)


def _evidence() -> Evidence:
    figures = policy_figures(keeps_pace=0, refreshes_at_once=1350)
    policy = row("H11", cell("jwt-hs256", SUCCEEDED, "H11", figures=figures))
    drill = drill_report("store-killed", Effect.UNREACHABLE, drilled("session-redis"))
    return Evidence(attack_report(*every_outcome().rows, policy), revocation_report(), (drill,))


def block(name: str, evidence: Evidence | None) -> str:
    text = f"before\n<!-- figures: {name} -->\nold\n<!-- end of figures -->\nafter\n"
    written = security_document(text, "docs/page.md", evidence)
    assert written.startswith(f"before\n<!-- figures: {name} -->\n")
    assert written.endswith("<!-- end of figures -->\nafter\n")
    assert "\nold\n" not in written
    return written


@pytest.mark.parametrize("name", BLOCKS)
def test_every_block_of_the_documents_is_known_measured_or_not(name: str) -> None:
    assert (NOT_MEASURED in block(name, None)) == (name != "requirements")
    for line in block(name, _evidence()).splitlines():
        assert line.count("|") in (0, *range(3, 12)), line


def test_a_block_that_nobody_knows_is_one_line() -> None:
    with pytest.raises(Failure, match=r"docs/page.md: unknown block of figures 'compraison'"):
        block("compraison", None)


def test_the_comparison_has_a_column_for_session_and_token() -> None:
    text = block("comparison", _evidence())
    assert "|  | session: `session-redis` | self-contained token: `jwt-hs256` |" in text
    assert "| server state | in Redis, asked about each request |" in text
    assert "cost of a read" not in text


def test_attacks_of_a_group_have_their_outcomes() -> None:
    text = block("attacks-e", _evidence())
    assert "| E1 attack E1 | rejected | **SUCCEEDED** |" in text
    assert "| E2 attack E2 | void | void |" in text
    assert text.index("E2 attack") < text.index("E10 attack")


def test_windows_failures_and_policies() -> None:
    evidence = _evidence()
    assert "| logout | up to 0.006 s in 8; 0 s by default |" in block("windows", evidence)
    assert "| store-killed | 10 of 100 requests failed" in block("failures", evidence)
    policies = block("refresh-policies", evidence)
    assert "| policy | 1 tab, 0% lost | 1 tab, 5% lost | 3 tabs, 0% lost |" in policies
    assert "| strict (`jwt-hs256`) | 0% | 40% | 100% | 100% | 0 s | 1350 s |" in policies


def test_requirements_name_their_rows_and_what_fell() -> None:
    bare, measured = block("requirements", None), block("requirements", _evidence())
    assert "| requirement | sources | shown by |\n" in bare
    assert "not probed: the application has no operation but a login" in bare
    line = next(line for line in measured.splitlines() if line.startswith("| After logout or expiry"))
    assert "E1 attack E1" in line
    assert "self-contained token: E1 SUCCEEDED" in line
