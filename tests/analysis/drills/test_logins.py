"""What must be true of a login: by hand, and by a model that is right or wrong on purpose."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.drills.judge import judge
from analysis.drills.logins import Right, judged, orders_lost, read_logins
from authbench.contracts.security.drill_history import OUTSIDE_NS, Act, Answer, Effect, Event, History
from tests.analysis.drills.histories import check, event, history

READ, END, REFRESH, LOGIN = Act.READ, Act.END, Act.REFRESH, Act.LOGIN
YES, NO, UNAVAILABLE, UNKNOWN = Answer.YES, Answer.NO, Answer.UNAVAILABLE, Answer.UNKNOWN


def rights(written: History) -> list[Right]:
    return [right for _, right in judged(written, read_logins(written))]


@pytest.mark.parametrize(
    ("events", "right"),
    [
        ([], Right.GRANT),
        ([event(END, 1)], Right.REFUSE),
        ([event(END, 2.001)], Right.EITHER),  # overlaps the read
        ([event(END, 3)], Right.GRANT),  # has not been asked for yet
        ([event(END, 1, UNKNOWN)], Right.EITHER),
        ([event(END, 1, UNAVAILABLE)], Right.EITHER),
        ([event(END, 1, NO)], Right.GRANT),  # refused: nothing was ended
        ([event(END, 1, UNKNOWN), event(END, 1.5)], Right.REFUSE),
        ([event(END, 1, login=1)], Right.GRANT),
    ],
)
def test_a_read_at_two_seconds(events: list[Event], right: Right) -> None:
    assert rights(history(*events, event(READ, 2))) == [right]


def test_an_ended_login_may_be_let_in_for_the_window_that_the_card_declares() -> None:
    written = history(event(END, 1), event(READ, 2), event(READ, 4), end_window_s=2)
    assert rights(written) == [Right.EITHER, Right.REFUSE]


def test_a_refresh_token_has_no_window() -> None:
    written = history(event(END, 1), event(REFRESH, 2), end_window_s=900)
    assert rights(written) == [Right.REFUSE]


def test_after_a_refresh_without_an_answer_the_token_may_be_used_up() -> None:
    written = history(event(REFRESH, 1, UNKNOWN), event(REFRESH, 2), event(READ, 3), event(READ, 1.5))
    assert rights(written) == [Right.GRANT, Right.EITHER, Right.EITHER, Right.GRANT]


def test_of_two_refreshes_at_once_either_may_be_refused_and_the_login_ended() -> None:
    both = event(REFRESH, 1, NO, takes_ms=500), event(REFRESH, 1.2)
    assert rights(history(*both, event(REFRESH, 2), event(READ, 3))) == [Right.EITHER] * 4


def test_a_refresh_that_was_answered_leaves_no_doubt() -> None:
    written = history(event(REFRESH, 1), event(REFRESH, 2), event(READ, 3))
    assert rights(written) == [Right.GRANT] * 3


def test_orders_that_were_acknowledged_are_looked_for() -> None:
    written = history(
        event(Act.ORDER, 1, orders=(7,)),
        event(Act.ORDER, 1.1, orders=(8,)),
        event(Act.ORDER, 1.2, UNKNOWN),
        event(Act.ORDER, 1.3, orders=(9,), login=1),
        check(Act.LIST, orders=(7, 11)),
        check(Act.LIST, UNAVAILABLE, login=1),
    )
    assert orders_lost(written) == (3, 1)


Step = tuple[Act, float, float, bool, bool]
STEPS = st.lists(
    st.tuples(
        st.sampled_from([READ, END]),
        st.floats(0, 5),
        st.floats(0.001, 1),
        st.booleans(),
        st.booleans(),
    ),
    max_size=25,
)
"""Act, when it is sent, how long it takes, is its reply lost, and was it carried out if so."""


def played(steps: list[Step], *, forgets_ends: bool) -> History:
    """What clients of a correct server see: each act takes effect in the middle of its time. With
    `forgets_ends`, the server acknowledges ends and carries out none.
    """
    ends = [sent + takes / 2 for act, sent, takes, lost, done in steps if act is END and (done or not lost)]
    ended_s = float("inf") if forgets_ends else min(ends, default=float("inf"))
    events = []
    for act, sent, takes, lost, _ in steps:
        alive = sent + takes / 2 < ended_s
        answer = UNKNOWN if lost else YES if act is END or alive else NO
        events.append(event(act, sent, answer, takes_ms=takes * 1000))
    return history(*events, check(READ, YES if ended_s == float("inf") else NO), effect=Effect.NONE, seeded=1)


@given(STEPS)
@settings(deadline=None)
def test_a_correct_server_is_never_accused(steps: list[Step]) -> None:
    outcome = judge(played(steps, forgets_ends=False))
    assert (outcome.wrongly_accepted, outcome.wrongly_rejected, outcome.lost.total) == (0, 0, 0)


@given(STEPS)
@settings(deadline=None)
def test_a_server_that_forgets_acknowledged_ends_is_always_caught(steps: list[Step]) -> None:
    written = played(steps, forgets_ends=True)
    acknowledged = any(act is END and not lost for act, _, _, lost, _ in steps)
    outcome = judge(written)
    assert bool(outcome.wrongly_accepted) == bool(outcome.lost.logouts) == acknowledged
    assert bool([each for each in outcome.objections if each.about == "fail open"]) == acknowledged


@given(STEPS, st.integers(0, 30))
@settings(deadline=None)
def test_a_live_login_that_is_refused_is_always_caught(steps: list[Step], at: int) -> None:
    reads = [step for step in steps if step[0] is READ and not step[3]]
    events = [
        event(READ, sent, NO if number == at else YES, takes_ms=takes * 1000)
        for number, (_, sent, takes, _, _) in enumerate(reads)
    ]
    outcome = judge(history(*events, effect=Effect.NONE))
    assert outcome.wrongly_rejected == (at < len(reads))


def test_what_is_done_before_the_load_is_no_check_after_it() -> None:
    before = event(READ, -1, NO).model_copy(update={"due_ns": OUTSIDE_NS})
    assert not read_logins(history(before))[0].over
    assert read_logins(history(before, check(READ, NO)))[0].over
