"""Bins, and the moments that are read from them."""

import pytest

from analysis.drills.judge import judge
from analysis.drills.timeline import in_bins
from authbench.contracts.security.drill_history import Act, Answer, Event
from tests.analysis.drills.histories import check, event, history

READ, PUBLIC = Act.READ, Act.PUBLIC
YES, NO, UNAVAILABLE, UNKNOWN = Answer.YES, Answer.NO, Answer.UNAVAILABLE, Answer.UNKNOWN


def steady(until_s: float, from_s: float = 0.0, answer: Answer = YES, takes_ms: float = 5) -> list[Event]:
    """A read every 20 ms."""
    count = round((until_s - from_s) / 0.02)
    return [event(READ, from_s + number * 0.02, answer, takes_ms=takes_ms) for number in range(count)]


def test_a_bin_counts_by_when_requests_were_due() -> None:
    bins = in_bins(
        history(
            event(READ, 0.95),
            event(READ, 1.0, UNAVAILABLE, takes_ms=250),
            event(READ, 1.05, UNKNOWN, takes_ms=40),
            event(PUBLIC, 1.09),
            event(READ, 1.1, NO),
            check(READ, NO),
        )
    )
    assert [each.start_ms for each in bins] == list(range(-1000, 5000, 100))
    before, first, second = bins[9:12]
    assert before.success == 1
    assert before.p99_ms == pytest.approx(5)
    assert (first.success, first.unavailable, first.no_reply, first.rejected) == (1, 1, 1, 0)
    assert first.in_flight == 1
    assert (second.rejected, second.in_flight, second.success) == (1, 1, 0)
    assert bins[20].p99_ms is None


def test_it_recovers_with_the_first_of_three_good_bins_in_a_row() -> None:
    events = [
        *steady(1.0),
        *steady(3.25, 1.0, UNAVAILABLE),
        *steady(3.5, 3.3),
        *steady(3.6, 3.5, UNAVAILABLE),
        *steady(6, 3.6),
    ]
    outcome = judge(history(*events))
    assert outcome.recover_s == pytest.approx(0.6)
    assert outcome.detect_s == pytest.approx(0.005)


def test_a_slow_bin_is_no_good_one_and_is_noticed() -> None:
    events = [*steady(1.0), *steady(3.2, 1.0, takes_ms=150), *steady(6, 3.2)]
    outcome = judge(history(*events))
    assert outcome.recover_s == pytest.approx(0.2)
    assert outcome.detect_s == pytest.approx(0.1)
    assert outcome.failed == 0


def test_what_does_not_come_back_never_recovers() -> None:
    outcome = judge(history(*steady(1.0), *steady(6, 1.0, UNKNOWN)))
    assert outcome.recover_s is None
    assert "recovery" in {each.about for each in outcome.objections}


def test_whom_nothing_happens_to_notices_nothing() -> None:
    outcome = judge(history(*steady(6)))
    assert (outcome.detect_s, outcome.recover_s) == (None, 0)


def test_a_user_who_is_logged_out_notices_and_the_others_recover() -> None:
    others = [each.model_copy(update={"login": 1}) for each in steady(6)]
    events = [*others, *steady(1.0), *steady(6, 1.0, NO), check(READ, NO), check(READ, login=1)]
    outcome = judge(history(*events))
    assert (outcome.logged_out, outcome.logins) == (1, 2)
    assert outcome.detect_s == pytest.approx(0.005)
    assert outcome.recover_s == 0
