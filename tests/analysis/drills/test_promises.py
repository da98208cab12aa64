"""What cards promise of the loss of a store, kept and broken."""

import pytest

from analysis.drills.logins import read_logins
from analysis.drills.promises import Promise, promise
from authbench.contracts.card import StoreEmptied, StoreLoss
from authbench.contracts.security.drill_history import Act, Answer, Effect, Event
from tests.analysis.drills.histories import check, event, history

READ, END, REFRESH = Act.READ, Act.END, Act.REFRESH
YES, NO, UNAVAILABLE, UNKNOWN = Answer.YES, Answer.NO, Answer.UNAVAILABLE, Answer.UNKNOWN


def away(loss: StoreLoss, *events: Event, cache_s: float = 0) -> Promise:
    written = history(*events, card={"store_loss": loss}, cache_s=cache_s)
    return promise(written, read_logins(written))


def emptied(said: StoreEmptied, *events: Event, **card: object) -> Promise:
    written = history(*events, effect=Effect.EMPTIED, card={"store_emptied": said, **card})
    return promise(written, read_logins(written))


@pytest.mark.parametrize(
    ("loss", "answer", "held"),
    [
        (StoreLoss.REFUSES, UNAVAILABLE, True),
        (StoreLoss.REFUSES, YES, False),
        (StoreLoss.REFUSES, NO, False),
        (StoreLoss.REFUSES, UNKNOWN, False),
        (StoreLoss.KEEPS_SERVING, YES, True),
        (StoreLoss.KEEPS_SERVING, UNAVAILABLE, False),
        (StoreLoss.KEEPS_SERVING, NO, False),
    ],
)
def test_while_the_store_is_away(loss: StoreLoss, answer: Answer, held: bool) -> None:
    assert away(loss, event(READ, 2, answer)).held is held


def test_a_cache_may_answer_until_it_ends() -> None:
    until = StoreLoss.UNTIL_CACHE_ENDS
    fine = (event(READ, 1.5), event(READ, 2.5, UNAVAILABLE))
    assert away(until, *fine, cache_s=1).held
    assert not away(until, *fine, event(READ, 2.4), cache_s=1).held
    assert not away(until, *fine, event(READ, 1.5, NO), cache_s=1).held


def test_what_is_under_way_when_it_begins_or_ends_says_nothing() -> None:
    edges = (event(READ, 0.9), event(READ, 1.2), event(READ, 2.99, takes_ms=20), event(READ, 3.5))
    assert away(StoreLoss.REFUSES, *edges).held is None


def test_only_logins_that_must_be_alive_count() -> None:
    ended = (event(END, 0.5), event(READ, 2, NO), event(READ, 2, UNAVAILABLE, login=1))
    assert away(StoreLoss.REFUSES, *ended).held


@pytest.mark.parametrize(
    ("said", "answers", "held"),
    [
        (StoreEmptied.KEEPS_SERVING, (YES, YES), True),
        (StoreEmptied.KEEPS_SERVING, (YES, NO), False),
        (StoreEmptied.LOGGED_OUT, (NO, NO), True),
        (StoreEmptied.LOGGED_OUT, (NO, YES), False),
    ],
)
def test_after_the_store_was_emptied(said: StoreEmptied, answers: tuple[Answer, ...], held: bool) -> None:
    checks = [check(READ, answer, login=number) for number, answer in enumerate(answers)]
    assert emptied(said, *checks).held is held


def test_a_session_that_a_request_in_flight_brought_back_is_declared() -> None:
    checks = check(READ, NO), check(READ, YES, login=1)
    assert emptied(StoreEmptied.LOGGED_OUT, *checks, revived_by_requests_in_flight=True).held


def test_who_logs_in_afterwards_stays_in() -> None:
    later = event(Act.LOGIN, 4, login=2), check(READ, login=2)
    assert emptied(StoreEmptied.LOGGED_OUT, check(READ, NO), check(READ, NO, login=1), *later).held


def test_tokens_live_on_and_refresh_tokens_do_not() -> None:
    said = StoreEmptied.LOGGED_OUT_AT_REFRESH
    assert emptied(said, check(READ), check(REFRESH, NO)).held
    assert not emptied(said, check(READ), check(REFRESH)).held
    assert not emptied(said, check(READ, NO), check(REFRESH, NO)).held
    assert emptied(said, check(READ)).held is None
    unanswered = check(REFRESH, UNAVAILABLE, login=1)
    assert emptied(said, check(READ), check(REFRESH, NO), unanswered).held
    assert emptied(said, check(READ), unanswered).held is None


def test_a_card_that_warns_of_revoked_credentials_is_held_to_it_too() -> None:
    said = StoreEmptied.REVOKED_WORK_AGAIN
    assert emptied(said, event(END, 0.5), check(READ)).held
    assert emptied(said, event(END, 0.5), check(READ, NO)).held is False
    assert emptied(said, check(READ)).held is None


def test_a_card_says_nothing_of_other_failures() -> None:
    for effect in (Effect.IMPAIRED, Effect.LOSES_SOME, Effect.NONE, Effect.PROCESS_LOST):
        written = history(event(READ, 2), effect=effect)
        assert promise(written, read_logins(written)) == Promise()
    assert promise(written := history(card={"store_loss": None}), read_logins(written)) == Promise()
