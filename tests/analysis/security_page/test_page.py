"""The page shows every outcome, every void row and all evidence, and loads nothing."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from analysis.readme.__main__ import reference_run
from analysis.records.summary import Summary
from analysis.report.frame import section_names
from analysis.security.evidence import Evidence
from analysis.security.outcomes import SHORT
from analysis.security_page.page import SECTIONS, render_security_page
from authbench.contracts.security.attack import AttackOutcome
from authbench.contracts.security.drill_history import Effect
from tests.analysis.security.reports import (
    SUCCEEDED,
    attack_report,
    cell,
    drill_report,
    drilled,
    every_outcome,
    exchange,
    policy_figures,
    revocation_report,
    row,
)


class _Ids(HTMLParser):
    """Ids and inner links of a page, and which elements were left open."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "a" and (given.get("href") or "").startswith("#"):
            self.links.append(str(given["href"])[1:])


def _whole() -> Evidence:
    rows = every_outcome().rows
    figures = policy_figures(keeps_pace=0, refreshes_at_once=1350)
    policy = row("H11", cell("jwt-hs256", SUCCEEDED, "H11", figures=figures))
    drill = drill_report("store-killed", Effect.UNREACHABLE, drilled("session-redis"))
    return Evidence(attack_report(*rows, policy), revocation_report(), (drill,))


@pytest.fixture(scope="module")
def summary() -> Summary:
    return Summary.model_validate_json((reference_run() / "summary.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def page(summary: Summary) -> str:
    return render_security_page(_whole(), summary)


@pytest.mark.parametrize("outcome", list(AttackOutcome))
def test_every_outcome_word_shows_as_a_link_to_its_evidence(page: str, outcome: AttackOutcome) -> None:
    assert re.search(rf'<a class="outcome [a-z-]+" href="#[^"]+" title="[^"]*">{SHORT[outcome]}</a>', page)


def test_each_void_row_shows_with_its_reason_and_none_of_its_outcomes(page: str) -> None:
    matrix = page.partition('id="matrix"')[2].partition("</table>")[0]
    line = next(line for line in matrix.split("<tr") if ">E2</a>" in line)
    assert "VOID" in line
    assert ">void</a>" in line
    assert "SUCCEEDED" not in line
    assert "it did not succeed on VulnerableLogout" in page


def test_every_link_has_its_place_and_no_id_stands_twice(page: str) -> None:
    found = _Ids()
    found.feed(page)
    assert set(found.links) <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


def test_evidence_has_request_reply_and_store_trace(page: str) -> None:
    evidence = page.partition('id="evidence"')[2]
    assert "POST /orders" in evidence
    assert "→ 401" in evidence
    assert "store: GETEX s:abcdefgh...(43)" in evidence
    assert "The legitimate credential worked before" in evidence


def test_every_section_of_the_folder_is_there(page: str) -> None:
    names = [re.search(r"\d+-([\w-]+)", name)[1] for name in section_names(SECTIONS)]  # type: ignore[index]
    assert re.findall(r'<li><a href="#([\w-]+)">', page)[: len(names)] == names


def test_the_page_loads_nothing(page: str) -> None:
    assert "default-src 'none'" in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_figures_show_the_trade_owners_and_thieves(page: str) -> None:
    assert '<figure id="window-by-cost"' in page
    for name in ("owners", "thieves"):
        assert f'<figure id="refresh-{name}"' in page


def test_requirements_have_their_rows_and_outcomes(page: str) -> None:
    requirements = page.partition('id="requirements"')[2].partition('id="evidence"')[0]
    assert "E1 SUCCEEDED" in requirements
    assert "E1 resisted" in requirements
    assert "not probed: the application has no operation but a login" in requirements


def test_what_comes_from_a_report_is_escaped() -> None:
    bad = "<script>alert(1)</script>"
    evil = cell("jwt-hs256", SUCCEEDED, reason=bad, evidence=[exchange(reply=bad, title=bad)])
    assert bad not in render_security_page(Evidence(attack_report(row("E1", evil, name=bad))))


def test_each_report_alone_has_a_page(tmp_path: Path) -> None:
    whole = _whole()
    assert "Attacks: none were run" in render_security_page(Evidence(None, whole.revocation))
    assert "Failures: none were caused" in render_security_page(Evidence(whole.attack))
    assert "vegaEmbed =" not in render_security_page(Evidence(None, None, whole.drills))
