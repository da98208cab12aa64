"""What must be true of each login at each moment of a history, and what may be either way.

A login is a register that is written twice: it begins, and it ends. A write that was acknowledged holds from
its acknowledgement on. One that got no answer, or 503, may have been carried out at any time since, or never:
from then on both answers are right (Jepsen's `info`). A request that overlaps a write may see it or not.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from authbench.contracts.security.drill_history import UNSURE, Act, Answer, Event, History


class Right(Enum):
    """The answer that a correct server gives to a request."""

    GRANT = "grant"
    REFUSE = "refuse"
    EITHER = "either"


@dataclass
class Login:
    """One login: its beginning, and what may have ended it. Times in ns from the load's beginning."""

    number: int
    began_ns: int = 0
    """When it was acknowledged; 0: before the load."""
    ends: list[Event] = field(default_factory=list)
    """Attempts to end it that were carried out, or may have been."""
    refreshes: list[Event] = field(default_factory=list)
    checks: list[Event] = field(default_factory=list)
    """What was asked of it after the load."""

    @property
    def ended_ns(self) -> int | None:
        """When its end was first acknowledged; None: never."""
        return min((event.done_ns for event in self.ends if event.answer is Answer.YES), default=None)

    @property
    def alive(self) -> bool:
        """Whether it must be alive at the end: nobody tried to end it, or was refused."""
        return not self.ends

    @property
    def doubtful_from_ns(self) -> int | None:
        """From when on a refresh policy may have ended it. None: never.

        A refresh looks like theft if its token may have been used: an earlier one had no answer, or had none
        yet (RFC 9700 section 4.14.2).
        """
        unsure_until_ns = 0.0
        for event in sorted(self.refreshes, key=lambda event: event.sent_ns):
            if event.sent_ns < unsure_until_ns:
                return event.sent_ns
            unsure_until_ns = math.inf if event.answer in UNSURE else event.done_ns
        return None

    def checked(self, act: Act) -> Answer | None:
        """The answer to the last check of that kind; None: none was made."""
        return next((event.answer for event in reversed(self.checks) if event.act is act), None)

    @property
    def over(self) -> bool:
        """Whether its user is logged out at the end: the credential is refused, or the refresh token is."""
        return Answer.NO in (self.checked(Act.READ), self.checked(Act.REFRESH))


def read_logins(history: History) -> dict[int, Login]:
    """Every login of the history, by its number."""
    found = {number: Login(number) for number in range(history.seeded)}
    for event in sorted(history.events, key=lambda event: event.done_ns):
        if event.login < 0:
            continue
        login = found.setdefault(event.login, Login(event.login))
        if event.act is Act.LOGIN:
            login.began_ns = event.done_ns
        elif event.act is Act.END and (event.answer is Answer.YES or event.answer in UNSURE):
            login.ends.append(event)
        elif event.act is Act.REFRESH:
            login.refreshes.append(event)
        if event.outside and event.sent_ns >= history.load_ended_ns:
            login.checks.append(event)
    return found


def right_answer(event: Event, login: Login, end_window_s: float) -> Right:
    """The right answer to a READ or REFRESH of this login.

    `end_window_s`: seconds for which a READ may still be granted after an acknowledged end. A refresh token
    has no such window.
    """
    window_ns = end_window_s * 1e9 if event.act is Act.READ else 0
    ended_ns = login.ended_ns
    if ended_ns is not None and event.sent_ns >= ended_ns + window_ns:
        return Right.REFUSE
    if any(end.sent_ns <= event.done_ns for end in login.ends):
        return Right.EITHER
    doubtful_ns = login.doubtful_from_ns
    if doubtful_ns is not None and event.done_ns >= doubtful_ns:
        return Right.EITHER
    return Right.GRANT


def judged(history: History, logins: dict[int, Login]) -> Iterator[tuple[Event, Right]]:
    """Each READ and REFRESH of a login with the answer that was right."""
    for event in history.events:
        if event.act in (Act.READ, Act.REFRESH) and event.login in logins:
            yield event, right_answer(event, logins[event.login], history.end_window_s)


def orders_lost(history: History) -> tuple[int, int]:
    """(acknowledged, lost): orders that were acknowledged, and those that a later list does not have."""
    made: dict[int, set[int]] = defaultdict(set)
    listed: dict[int, set[int]] = {}
    for event in history.events:
        if event.answer is not Answer.YES:
            continue
        if event.act is Act.ORDER:
            made[event.login].update(event.orders)
        elif event.act is Act.LIST and event.outside:
            listed[event.login] = set(event.orders)
    lost = sum(len(numbers - listed[login]) for login, numbers in made.items() if login in listed)
    return sum(map(len, made.values())), lost
