"""What follows from a control, and from two words on one scheme: the whole table."""

import pytest

from authbench.contracts.failure import ExitCode
from authbench.contracts.security.attack import AttackOutcome, AttackReport
from authbench.contracts.security.judges import Agreement, JudgeReport, Verdict
from judges.agreement import compare, exit_code, void_reason, weigh
from tests.judges.words import attacks, judged, opinion, report

AGREE, DISAGREE, OPEN = Agreement.AGREE, Agreement.DISAGREE, Agreement.OPEN


def test_an_opinion_is_red_clean_or_was_not_given() -> None:
    assert opinion(red=True).verdict is Verdict.OBJECTS
    assert opinion().verdict is Verdict.CLEAN
    assert opinion(tried=0).verdict is Verdict.NOT_RUN
    assert opinion(not_run="no such vector").verdict is Verdict.NOT_RUN


def test_a_topic_counts_only_if_its_control_turned_red() -> None:
    assert void_reason(opinion("control", red=True)) is None
    assert void_reason(opinion("control")) == "no objection to the control control, which must have one"
    assert void_reason(opinion("control", tried=0, not_run="it died")) == (
        "the control control was not asked: it died"
    )
    assert void_reason(None) == "no control was tried"


@pytest.mark.parametrize(
    ("theirs", "ours", "agreement"),
    [
        (Verdict.CLEAN, AttackOutcome.REJECTED, AGREE),
        (Verdict.CLEAN, AttackOutcome.UNAUTHENTICATED, AGREE),
        (Verdict.CLEAN, AttackOutcome.BLOCKED, AGREE),
        (Verdict.CLEAN, AttackOutcome.SUCCEEDED, DISAGREE),
        (Verdict.OBJECTS, AttackOutcome.SUCCEEDED, AGREE),
        (Verdict.OBJECTS, AttackOutcome.REJECTED, DISAGREE),
        (Verdict.OBJECTS, AttackOutcome.UNAUTHENTICATED, DISAGREE),
        (Verdict.OBJECTS, AttackOutcome.BLOCKED, DISAGREE),
        *((verdict, AttackOutcome.NOT_RUN, OPEN) for verdict in Verdict),
        *((verdict, None, OPEN) for verdict in Verdict),
        *((Verdict.NOT_RUN, outcome, OPEN) for outcome in AttackOutcome),
    ],
)
def test_two_words_on_one_scheme(theirs: Verdict, ours: AttackOutcome | None, agreement: Agreement) -> None:
    found, reason = weigh(theirs, ours)
    assert found is agreement
    assert reason


def test_words_are_compared_row_by_row_and_scheme_by_scheme() -> None:
    (compared,) = compare([judged(opinion())], attacks(AttackOutcome.REJECTED))
    assert (compared.judge, compared.row, compared.scheme) == ("a judge", "G1", "jwt-hs256")
    assert (compared.ours, compared.agreement) == (AttackOutcome.REJECTED, AGREE)


@pytest.mark.parametrize(
    ("judge", "ours", "reason"),
    [
        (judged(opinion()), None, "there is no attack report: make one with authbench attack"),
        (
            judged(opinion()),
            attacks(AttackOutcome.REJECTED, row="G2"),
            "the attack report has no G1 of jwt-hs256",
        ),
        (judged(opinion("bff")), attacks(AttackOutcome.REJECTED), "the attack report has no G1 of bff"),
        (judged(opinion()), attacks(AttackOutcome.REJECTED, void="it stood"), "our row G1 is void"),
        (judged(opinion(), row=None), attacks(AttackOutcome.REJECTED), "no attack of ours asks this"),
        (judged(opinion(not_run="no key")), attacks(AttackOutcome.REJECTED), "no key"),
    ],
)
def test_where_there_is_nothing_to_compare_the_reason_says_why(
    judge: JudgeReport, ours: AttackReport | None, reason: str
) -> None:
    (compared,) = compare([judge], ours)
    assert compared.agreement is OPEN
    assert compared.reason == reason


def test_a_void_topic_is_no_surprise_whatever_it_says() -> None:
    void = judged(opinion(red=True), control=opinion("control"))
    found = report(void, attacks(AttackOutcome.REJECTED))
    (compared,) = found.comparisons
    assert compared.void
    assert compared.agreement is OPEN
    assert compared.reason.startswith("counts for nothing: no objection to the control")
    assert not found.surprises
    assert exit_code(found) is ExitCode.INVALID


@pytest.mark.parametrize(
    ("judge", "ours", "code"),
    [
        (judged(opinion()), attacks(AttackOutcome.REJECTED), ExitCode.DONE),
        (judged(opinion()), None, ExitCode.DONE),
        (judged(opinion(red=True)), attacks(AttackOutcome.SUCCEEDED), ExitCode.DONE),
        (judged(opinion(red=True)), None, ExitCode.FOUND),
        (judged(opinion(red=True)), attacks(AttackOutcome.REJECTED), ExitCode.FOUND),
        (judged(opinion()), attacks(AttackOutcome.SUCCEEDED), ExitCode.FOUND),
        (judged(opinion(red=True), row=None), None, ExitCode.FOUND),
        (judged(opinion(), control=opinion("control")), None, ExitCode.INVALID),
    ],
)
def test_the_exit_code(judge: JudgeReport, ours: AttackReport | None, code: ExitCode) -> None:
    assert exit_code(report(judge, ours)) is code


def test_a_judge_that_was_skipped_changes_nothing() -> None:
    skipped = JudgeReport(name="a judge", home="h", version=None, skipped="it is not installed")
    assert exit_code(report(skipped)) is ExitCode.DONE
