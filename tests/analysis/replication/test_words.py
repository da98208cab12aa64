"""Verdicts and figures in words."""

from analysis.replication.verdict import judge_claim
from analysis.replication.words import answer_words, explanation_words, measured_words
from authbench.contracts.replication.report import Measured
from tests.analysis.replication.made_claims import PROPERLY, PUBLISHED, claim

LESS = Measured(value=1.4, low=1.3, high=1.5)


def test_a_figure_has_its_interval_or_its_reason() -> None:
    assert measured_words(LESS, "x") == "1.40 x [1.30, 1.50]"
    assert measured_words(Measured(value=1.72, low=1.72, high=1.72), "") == "1.72"
    assert measured_words(Measured(value=1234, low=12), "MB") == "1,234 MB [12.0, -]"
    assert measured_words(Measured(reason="V21"), "x") == "none: V21"


def test_a_refuted_claim_says_whether_its_mistakes_explain_it() -> None:
    read = {PROPERLY: LESS, PUBLISHED: Measured(value=6, low=5.5, high=7)}
    found = judge_claim(claim(), lambda figure: read[figure])
    assert answer_words(found) == "refuted, explained"
    assert explanation_words(found.parts[0]) == (
        "Whoever is first waits. Measured with its mistakes (the order is always the same)."
    )
    read[PUBLISHED] = LESS
    found = judge_claim(claim(), lambda figure: read[figure])
    assert answer_words(found) == "refuted, not explained"
    assert "do not explain it" in explanation_words(found.parts[0])
    read[PUBLISHED] = Measured(reason="not measured")
    found = judge_claim(claim(), lambda figure: read[figure])
    assert answer_words(found) == "refuted"
    assert "none: not measured" in explanation_words(found.parts[0])


def test_a_claim_that_is_not_told_says_why() -> None:
    found = judge_claim(claim(), lambda _: Measured(reason="V21 refused it"))
    assert answer_words(found) == "cannot be told here: V21 refused it"
