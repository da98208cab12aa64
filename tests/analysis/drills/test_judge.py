"""Figures and objections of a history."""

import pytest

from analysis.drills.judge import judge
from authbench.contracts.card import StoreEmptied, StoreLoss
from authbench.contracts.security.drill import SchemeOutcome
from authbench.contracts.security.drill_history import Act, Answer, Effect
from tests.analysis.drills.histories import check, event, history

READ, END, LOGIN, PUBLIC, REFRESH = Act.READ, Act.END, Act.LOGIN, Act.PUBLIC, Act.REFRESH
YES, NO, UNAVAILABLE, UNKNOWN = Answer.YES, Answer.NO, Answer.UNAVAILABLE, Answer.UNKNOWN
GOOD = tuple(event(READ, 3 + number * 0.05, login=1) for number in range(60))
"""A second user, who is served after the failure."""


def about(outcome: SchemeOutcome) -> set[str]:
    return {each.about for each in outcome.objections}


def test_a_failure_is_neither_a_grant_nor_a_refusal() -> None:
    outcome = judge(
        history(
            event(READ, 1.5, UNAVAILABLE),
            event(READ, 1.6, UNKNOWN),
            event(END, 0.5, login=1),
            event(READ, 1.7, UNAVAILABLE, login=1),  # nobody misses what an ended login is not told
            event(PUBLIC, 1.8),
        )
    )
    assert (outcome.requests, outcome.failed) == (5, 2)


def test_a_login_that_is_gone_is_a_lost_write_and_a_user_logged_out() -> None:
    outcome = judge(
        history(
            event(LOGIN, 0.5, login=2),
            event(READ, 0.9, login=2),
            check(READ, NO, login=2),
            check(READ),
            *GOOD,
        )
    )
    assert (outcome.acknowledged.logins, outcome.lost.logins, outcome.logged_out) == (1, 1, 1)
    assert "lost write" in about(outcome)


def test_a_login_that_was_not_acknowledged_is_nobodys() -> None:
    outcome = judge(history(event(LOGIN, 1.5, UNAVAILABLE, login=-1), *GOOD))
    assert (outcome.acknowledged.logins, outcome.logins, outcome.failed) == (0, 2, 1)


def test_a_logout_that_is_forgotten_lets_in_again() -> None:
    events = (event(END, 0.5), event(READ, 0.8, NO), event(READ, 2), check(READ), *GOOD)
    outcome = judge(history(*events))
    assert (outcome.wrongly_accepted, outcome.lost.logouts) == (2, 1)
    assert {"fail open", "lost write"} <= about(outcome)
    declared = {"store_emptied": StoreEmptied.REVOKED_WORK_AGAIN}
    outcome = judge(history(*events, effect=Effect.EMPTIED, card=declared))
    assert (outcome.wrongly_accepted, outcome.lost.logouts, outcome.card_held) == (2, 1, True)
    assert about(outcome) == set()
    assert "fail open" in about(judge(history(*events, effect=Effect.EMPTIED)))
    assert about(judge(history(*events, effect=Effect.LOSES_SOME))) == set()


def test_another_users_body_is_a_wrong_acceptance() -> None:
    assert judge(history(event(READ, 2, Answer.WRONG))).wrongly_accepted == 1


def test_a_refusal_where_nothing_was_lost_breaks_the_card() -> None:
    refused = (event(READ, 2, NO), *GOOD)
    assert "card" in about(judge(history(*refused, effect=Effect.IMPAIRED)))
    assert about(judge(history(*refused, effect=Effect.LOSES_SOME))) == set()


def test_a_refresh_whose_answer_was_lost_logs_out_and_nobody_is_wronged() -> None:
    outcome = judge(
        history(
            event(REFRESH, 2, UNKNOWN, takes_ms=250),
            event(REFRESH, 4, NO),
            check(READ),
            check(REFRESH, NO),
            *GOOD,
            effect=Effect.IMPAIRED,
        )
    )
    assert (outcome.wrongly_rejected, outcome.logged_out, outcome.lost.total) == (0, 1, 0)
    assert outcome.after_lost_refresh == 1
    assert about(outcome) == set()


def test_a_refresh_that_was_answered_is_no_excuse_for_a_login_that_is_over() -> None:
    outcome = judge(history(event(REFRESH, 2), check(READ), check(REFRESH, NO), *GOOD))
    assert (outcome.logged_out, outcome.after_lost_refresh) == (1, 0)


def test_hangs_are_held_against_the_deadline_and_what_public_took() -> None:
    slow = [event(READ, 2 + at, UNAVAILABLE, takes_ms=300) for at in (0, 0.1, 0.2)]
    outcome = judge(history(*slow, *GOOD))
    assert outcome.hung == 3
    assert "hang" in about(outcome)
    outcome = judge(history(*slow, event(PUBLIC, 2, takes_ms=30), *GOOD))
    assert outcome.longest_hang_ms == pytest.approx(300)
    assert outcome.hang_limit_ms == pytest.approx(305)
    assert "hang" not in about(outcome)
    assert "hang" not in about(judge(history(*slow, *GOOD, load_late_ms=30)))
    assert "hang" not in about(judge(history(*slow[1:], *GOOD)))
    hashing = [event(LOGIN, 2, UNAVAILABLE, takes_ms=900)] * 3
    assert "hang" not in about(judge(history(*hashing, *GOOD)))
    assert judge(history(*slow, card={"store": "none"})).hang_limit_ms is None


def test_where_a_sentinel_ends_the_failure_reads_go_on_within_the_deadline() -> None:
    ended_s = 3
    early = [event(READ, ended_s + 0.2, UNAVAILABLE)] * 5
    late = [event(READ, ended_s + at, UNAVAILABLE) for at in (0.28, 0.3, 0.4)]
    outcome = judge(history(*early, *GOOD, over_by_itself=True))
    assert outcome.resumed_within_ms == pytest.approx(275)
    assert outcome.failed_after == 0
    assert 0 < outcome.reads_after < len(GOOD)
    assert "resumption" not in about(outcome)
    outcome = judge(history(*late, *GOOD, over_by_itself=True))
    assert outcome.failed_after == 3
    assert "resumption" in about(outcome)
    assert "resumption" not in about(judge(history(*late[1:], *GOOD, over_by_itself=True)))
    # What was lost is another matter, and where the drill ends the failure a server has to start first.
    lost = [each.model_copy(update={"answer": NO, "status": 401}) for each in late]
    lossy = judge(history(*lost, *GOOD, over_by_itself=True, effect=Effect.LOSES_SOME))
    assert (lossy.failed_after, about(lossy)) == (0, set())
    started = judge(history(*late, *GOOD))
    assert (started.resumed_within_ms, started.reads_after, started.failed_after) == (None, 0, 0)


def test_what_took_long_before_the_failure_is_not_its_doing() -> None:
    assert judge(history(event(READ, 0.2, takes_ms=400), *GOOD)).longest_hang_ms < 10


def test_public_is_harmed_by_a_failure_or_a_late_answer() -> None:
    fine = [event(PUBLIC, 0.5), event(PUBLIC, 2), event(PUBLIC, 4)]
    outcome = judge(history(*fine, *GOOD))
    assert outcome.public is not None
    assert (outcome.public.requests, outcome.public.unharmed) == (3, True)
    assert "public" in about(judge(history(*fine, event(PUBLIC, 2, UNKNOWN), *GOOD)))
    assert "public" in about(judge(history(*fine, event(PUBLIC, 2, takes_ms=150), *GOOD)))
    killed = history(*fine, event(PUBLIC, 2, UNKNOWN), *GOOD, effect=Effect.PROCESS_LOST)
    assert "public" not in about(judge(killed))


def test_orders_are_never_lost_with_a_store_that_has_none() -> None:
    events = (event(Act.ORDER, 0.5, orders=(3,)), check(Act.LIST, orders=()), *GOOD)
    for effect in Effect:
        assert "lost write" in about(judge(history(*events, effect=effect, card={"store_loss": None})))


def test_sessions_in_the_process_end_with_it_as_their_card_says() -> None:
    events = (event(LOGIN, 0.5, login=2), check(READ, NO), check(READ, NO, login=1), check(READ, NO, login=2))
    outcome = judge(history(*events, effect=Effect.PROCESS_LOST, card={"store_loss": StoreLoss.LOGGED_OUT}))
    assert (outcome.card_held, outcome.logged_out, outcome.lost.logins) == (True, 3, 1)
    assert about(outcome) == {"recovery"}
