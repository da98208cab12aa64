"""Hand-written histories: a few events, and everything else as it usually is."""

from authbench.contracts.card import Card, Operation, StoreEmptied, StoreLoss
from authbench.contracts.security.drill_history import OUTSIDE_NS, Act, Answer, Effect, Event, History

SECOND = 1_000_000_000
BEGAN, ENDED, LOADED = 1 * SECOND, 3 * SECOND, 6 * SECOND
_STATUS = {Answer.YES: 200, Answer.NO: 401, Answer.UNAVAILABLE: 503, Answer.UNKNOWN: 0, Answer.WRONG: 200}


def card(**changes: object) -> Card:
    """The card of a session in Redis."""
    given: dict[str, object] = {
        "name": "some",
        "summary": "for tests",
        "authenticates": True,
        "carrier": "cookie",
        "travels": "something",
        "store": "redis",
        "store_commands": {Operation.READ: {"get": 1}},
        "logout_ends_credential": True,
        "revocation_window_s": 0,
        "store_loss": StoreLoss.REFUSES,
        "store_emptied": StoreEmptied.LOGGED_OUT,
        "loopback_only": False,
    }
    return Card.model_validate(given | changes)


def event(
    act: Act,
    at_s: float,
    answer: Answer = Answer.YES,
    *,
    login: int = 0,
    takes_ms: float = 5,
    orders: tuple[int, ...] = (),
) -> Event:
    """An event of the load that was sent when it was due."""
    sent_ns = round(at_s * SECOND)
    return Event(
        act=act,
        login=-1 if act is Act.PUBLIC else login,
        due_ns=sent_ns,
        sent_ns=sent_ns,
        done_ns=sent_ns + round(takes_ms * 1e6),
        status=_STATUS[answer],
        answer=answer,
        orders=orders,
    )


def check(
    act: Act, answer: Answer = Answer.YES, *, login: int = 0, at_s: float = 7, orders: tuple[int, ...] = ()
) -> Event:
    """A check after the load."""
    return event(act, at_s, answer, login=login, orders=orders).model_copy(update={"due_ns": OUTSIDE_NS})


def history(
    *events: Event, effect: Effect = Effect.UNREACHABLE, seeded: int = 2, **changes: object
) -> History:
    """A load of six seconds, with a failure from the first second to the third."""
    card_changes = changes.pop("card", {})
    assert isinstance(card_changes, dict)
    given: dict[str, object] = {
        "scheme": "some",
        "card": card(**card_changes),
        "effect": effect,
        "deadline_ms": 250,
        "slo_ms": 100,
        "load_began_ns": 0,
        "failure_began_ns": BEGAN,
        "failure_ended_ns": ENDED,
        "load_ended_ns": LOADED,
        "seeded": seeded,
        "end_window_s": 0,
        "cache_s": 0,
        "events": events,
    }
    return History.model_validate(given | changes)
