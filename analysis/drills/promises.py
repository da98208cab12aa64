"""Whether a scheme did what its card says of the loss of its store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from analysis.drills.logins import Login, Right, right_answer
from authbench.contracts.card import StoreEmptied, StoreLoss
from authbench.contracts.security.drill_history import UNSURE, Act, Answer, Effect, Event, History

_STORE_DOWN = 503
_LATE = 1.1
"""A deadline is held if a request takes a tenth more."""


@dataclass(frozen=True)
class Promise:
    """What a card says of this failure, and whether it held. `held` None: nothing said, or nothing to see."""

    words: str = ""
    held: bool | None = None
    because: str = ""


def promise(history: History, logins: Mapping[int, Login]) -> Promise:
    """Hold the scheme to its card."""
    card = history.card
    if history.effect is Effect.UNREACHABLE and card.store_loss is not None:
        return _while_unreachable(history, logins, card.store_loss)
    if history.effect is Effect.EMPTIED and card.store_emptied is not None:
        return _once_emptied(history, logins, card.store_emptied)
    if history.effect is Effect.PROCESS_LOST and card.store_loss is StoreLoss.LOGGED_OUT:
        return _judge(
            card.store_loss, _outcomes(_earlier(history, logins)), lambda found: found == {Answer.NO}
        )
    return Promise()


def grace_ns(history: History) -> int:
    """A deadline and a tenth: what was under way when the store went is answered by then."""
    return round(history.deadline_ms * _LATE * 1e6)


def _while_unreachable(history: History, logins: Mapping[int, Login], loss: StoreLoss) -> Promise:
    """Reads with live logins that were sent and answered inside the failure."""
    from_ns = history.failure_began_ns + grace_ns(history)
    inside = [
        event
        for event in history.events
        if event.act is Act.READ
        and event.login in logins
        and event.sent_ns >= from_ns
        and event.done_ns <= history.failure_ended_ns
        and right_answer(event, logins[event.login], history.end_window_s) is Right.GRANT
    ]
    if not inside:
        return Promise(loss.value, None, "no request was sent and answered while the store was away")
    stale_ns = from_ns + round(history.cache_s * 1e9)
    match loss:
        case StoreLoss.KEEPS_SERVING | StoreLoss.LOGGED_OUT:
            wrong = [event for event in inside if event.answer is not Answer.YES]
        case StoreLoss.REFUSES:
            wrong = [event for event in inside if event.status != _STORE_DOWN]
        case StoreLoss.UNTIL_CACHE_ENDS:
            wrong = [
                event
                for event in inside
                if event.status != _STORE_DOWN
                and (event.answer is not Answer.YES or event.sent_ns >= stale_ns)
            ]
    return Promise(loss.value, not wrong, _but(wrong, len(inside)))


def _once_emptied(history: History, logins: Mapping[int, Login], emptied: StoreEmptied) -> Promise:
    """The checks after the load, of logins that began before the failure."""
    earlier = _earlier(history, logins)
    reads = _outcomes(earlier)
    match emptied:
        case StoreEmptied.KEEPS_SERVING:
            return _judge(emptied, reads, lambda found: found == {Answer.YES})
        case StoreEmptied.LOGGED_OUT if history.card.revived_by_requests_in_flight:
            return _judge(emptied, reads, lambda found: Answer.NO in found)
        case StoreEmptied.LOGGED_OUT:
            return _judge(emptied, reads, lambda found: found == {Answer.NO})
        case StoreEmptied.LOGGED_OUT_AT_REFRESH:
            refreshes = [login.checked(Act.REFRESH) for login in earlier]
            # One that got no answer says nothing, and is not made again: that would look like theft.
            refused = [answer for answer in refreshes if answer is not None and answer not in UNSURE]
            fine = set(reads) == {Answer.YES} and set(refused) == {Answer.NO}
            because = f"reads {_spelled(reads)}, refreshes {_spelled(refused)}"
            return Promise(emptied.value, fine if reads and refused else None, because)
        case StoreEmptied.REVOKED_WORK_AGAIN:
            ended = [
                login
                for login in logins.values()
                if login.ended_ns is not None and login.ended_ns < history.failure_began_ns
            ]
            return _judge(emptied, _outcomes(ended), lambda found: Answer.YES in found)


def _earlier(history: History, logins: Mapping[int, Login]) -> list[Login]:
    """Logins that began before the failure and that nobody ended."""
    return [login for login in logins.values() if login.alive and login.began_ns < history.failure_began_ns]


def _outcomes(logins: Sequence[Login]) -> list[Answer]:
    answers = (login.checked(Act.READ) for login in logins)
    return [answer for answer in answers if answer is not None]


def _judge(
    said: StoreLoss | StoreEmptied, answers: Sequence[Answer], holds: Callable[[set[Answer]], bool]
) -> Promise:
    if not answers:
        return Promise(said.value, None, "no login could be checked afterwards")
    return Promise(said.value, holds(set(answers)), f"checked afterwards: {_spelled(answers)}")


def _but(wrong: Sequence[Event], of: int) -> str:
    if not wrong:
        return f"{of} of {of} requests"
    statuses = sorted({event.status for event in wrong})
    told = ", ".join("no reply" if status == 0 else str(status) for status in statuses)
    return f"{len(wrong)} of {of} requests with a live credential were answered otherwise ({told})"


def _spelled(answers: Sequence[Answer]) -> str:
    return ", ".join(f"{answers.count(kind)} {kind}" for kind in Answer if kind in answers) or "none"
