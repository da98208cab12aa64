"""Rows stand by group and number, columns by kind; evidence that says the same is shared."""

from analysis.security.kinds import SchemeKind
from analysis.security.matrix import row_order, shared_evidence, threat_matrix
from analysis.security.outcomes import CLASS, MEANING, SHORT, outcome_words
from authbench.contracts.security.attack import AttackOutcome
from tests.analysis.security.reports import (
    NOT_RUN,
    REJECTED,
    SUCCEEDED,
    attack_report,
    card,
    cell,
    every_outcome,
    exchange,
    row,
)


def test_rows_and_columns_have_their_places() -> None:
    found = threat_matrix(every_outcome())
    assert [one.row.id for one in found.rows] == ["B1", "E1", "E2", "E10"]
    assert list(found.groups) == ["Cross-site requests", "Logout and revocation"]
    assert found.columns == {SchemeKind.SESSION: ["session-redis"], SchemeKind.TOKEN: ["jwt-hs256"]}
    assert row_order("E2") < row_order("E10") < row_order("F1")


def test_a_control_says_whether_it_fell() -> None:
    rows = {one.row.id: one for one in threat_matrix(every_outcome()).rows}
    assert rows["E1"].fell
    assert rows["E1"].control == "VulnerableLogout fell"
    assert rows["E1"].shown[0].is_control
    assert not rows["E2"].fell
    assert rows["E2"].control == "VulnerableLogout did not fall: reached, rejected"
    untried = threat_matrix(attack_report(row("E1", cell("jwt-hs256", REJECTED), control=None))).rows[0]
    assert untried.control == "not tried"
    assert not untried.shown[0].is_control


def test_evidence_is_shared_where_only_secrets_differ() -> None:
    one = cell("a", REJECTED, evidence=[exchange(store=["GETEX s:abcdefgh...(43)"])])
    same = cell("b", REJECTED, evidence=[exchange(store=["GETEX s:ijklmnop...(43)"])])
    other = cell("c", REJECTED, evidence=[exchange(store=["GET s:abcdefgh...(43)"])])
    fell = cell("d", SUCCEEDED)
    assert [one.schemes for one in shared_evidence([one, same, other, fell])] == [("d",), ("a", "b"), ("c",)]


def test_every_cell_has_its_evidence_in_one_place() -> None:
    for one in threat_matrix(every_outcome()).rows:
        schemes = [scheme for shared in one.shown if not shared.is_control for scheme in shared.schemes]
        assert sorted(schemes) == sorted(one.cells)


def test_the_control_scheme_has_no_column() -> None:
    report = attack_report(row("E1", cell("none", NOT_RUN)), cards={"none": card("none", "none")})
    assert threat_matrix(report).schemes == []


def test_every_outcome_has_a_word_a_meaning_and_a_colour() -> None:
    for words in (SHORT, MEANING, CLASS):
        assert set(words) == set(AttackOutcome)
        assert len(set(words.values())) == len(AttackOutcome)


def test_outcomes_of_several_schemes_in_words() -> None:
    assert outcome_words([cell("a", REJECTED), cell("b", NOT_RUN)]) == "resisted"
    assert outcome_words([cell("a", SUCCEEDED), cell("b", NOT_RUN)]) == "SUCCEEDED"
    assert outcome_words([cell("a", SUCCEEDED), cell("b", REJECTED)]) == "SUCCEEDED on 1 of 2"
    assert outcome_words([cell("a", NOT_RUN)]) == outcome_words([]) == "not run"
