"""Verdicts of claims from figures that are made by hand: confirmed, refuted, and the third outcome."""

import pytest

from analysis.replication.figures import Measurements
from analysis.replication.verdict import judge_claim, judge_claims, judge_part, together, within
from authbench.contracts.replication.claim import Claim, Figure
from authbench.contracts.replication.report import Answer, Measured
from tests.analysis.replication.made_claims import PROPERLY, PUBLISHED, claim, part

NONE = Measured(reason="latency was refused: V21")


def measured(low: float, high: float) -> Measured:
    return Measured(value=(low + high) / 2, low=low, high=high)


@pytest.mark.parametrize(
    ("properly", "answer"),
    [
        (measured(5.5, 6), "confirmed"),
        (measured(1.2, 1.5), "refuted"),
        (measured(4.5, 6), "cannot be told here"),  # across what confirms
        (measured(1.5, 2.5), "cannot be told here"),  # across what refutes
        (measured(3, 4), "cannot be told here"),  # between the two
        (Measured(value=1.4), "cannot be told here"),  # without an interval
        (NONE, "cannot be told here"),
    ],
)
def test_the_whole_interval_decides(properly: Measured, answer: Answer) -> None:
    found = judge_part(part(), lambda _: properly)
    assert found.answer == answer
    assert bool(found.reason) == (answer == "cannot be told here")


def test_the_reason_is_the_rule_that_refused() -> None:
    assert judge_part(part(), lambda _: NONE).reason == "latency was refused: V21"


@pytest.mark.parametrize(
    ("published", "explained"),
    [(measured(6, 9), True), (measured(1, 9), False), (measured(0.9, 1.1), False), (NONE, None)],
)
def test_mistakes_explain_a_claim_where_they_bring_its_figure_back(
    published: Measured, explained: bool | None
) -> None:
    read = {PROPERLY: measured(1.2, 1.5), PUBLISHED: published}
    found = judge_part(part(), lambda figure: read[figure])
    assert found.answer == "refuted"
    assert found.explained is explained
    assert found.why == ("Whoever is first waits." if explained else "")


def test_nothing_is_to_be_explained_where_a_claim_is_confirmed() -> None:
    assert judge_part(part(), lambda _: measured(6, 7)).explained is None


def test_an_explanation_may_have_a_threshold_of_its_own() -> None:
    read = {PROPERLY: measured(1.2, 1.5), PUBLISHED: measured(2.5, 3)}
    assert judge_part(part(explained_from=2.0), lambda figure: read[figure]).explained


def test_a_claim_of_several_parts() -> None:
    assert together(["confirmed", "confirmed"]) == "confirmed"
    assert together(["confirmed", "refuted", "cannot be told here"]) == "refuted"
    assert together(["confirmed", "cannot be told here"]) == "cannot be told here"
    assert together([]) == "cannot be told here"


def test_a_claim_says_the_reason_of_its_verdict_alone() -> None:
    other = Figure(kind="bytes-ratio", run="published-read", a="jwt-hs256", b="session-redis")
    two = claim(part(), part(properly=other))
    read = {PROPERLY: measured(6, 7), PUBLISHED: NONE, other: NONE}
    found = judge_claim(two, lambda figure: read[figure])
    assert (found.answer, found.reason) == ("cannot be told here", "latency was refused: V21")
    read[other] = measured(1, 1.1)
    found = judge_claim(two, lambda figure: read[figure])
    assert (found.answer, found.reason) == ("refuted", "")


def test_a_claim_that_cannot_be_told_says_why() -> None:
    untold = Claim(name="x", claim="c", by="b", reported="r", cannot="no scheme reads one field")
    (found,) = judge_claims([untold], Measurements())
    assert (found.answer, found.reason) == ("cannot be told here", "no scheme reads one field")


def test_an_end_that_is_unknown_is_far_away() -> None:
    assert not within(Measured(value=3, low=2), None, 100)
    assert within(Measured(value=3, low=2), 1, None)
