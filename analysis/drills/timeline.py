"""What clients saw, in bins of a tenth of a second, and the moments that are read from it."""

import math
from collections.abc import Collection, Sequence

import numpy as np

from authbench.contracts.security.drill import BIN_MS, Bin
from authbench.contracts.security.drill_history import Act, Answer, Event, History

_BIN_NS = BIN_MS * 1_000_000
_SUCCESS = 0.999
_IN_A_ROW = 3
"""Recovered is the first of three bins in a row that are good."""


def p99_ms(events: Sequence[Event]) -> float | None:
    """The 99th percentile of response times from when requests were due; logins apart. None: no request."""
    taken = [event.done_ns - event.due_ns for event in events if event.act is not Act.LOGIN]
    return float(np.percentile(taken, 99)) / 1e6 if taken else None


def in_bins(history: History) -> list[Bin]:
    """Every whole bin of the load."""
    load = [event for event in history.events if not event.outside]
    first = -math.floor((history.failure_began_ns - history.load_began_ns) / _BIN_NS)
    last = math.floor((history.load_ended_ns - history.failure_began_ns) / _BIN_NS)
    return [_bin(load, number, history.failure_began_ns) for number in range(first, last)]


def _bin(load: Sequence[Event], number: int, began_ns: int) -> Bin:
    start_ns = began_ns + number * _BIN_NS
    own = [event for event in load if start_ns <= event.due_ns < start_ns + _BIN_NS]
    answers = [event.answer for event in own]
    end_ns = start_ns + _BIN_NS
    return Bin(
        start_ms=number * BIN_MS,
        success=answers.count(Answer.YES),
        rejected=answers.count(Answer.NO),
        unavailable=answers.count(Answer.UNAVAILABLE) + answers.count(Answer.WRONG),
        no_reply=answers.count(Answer.UNKNOWN),
        in_flight=sum(event.sent_ns < end_ns <= event.done_ns for event in load),
        p99_ms=p99_ms(own),
    )


def recovered_s(history: History, counted: Sequence[Event], failed: Collection[int]) -> float | None:
    """Seconds from the failure's end to the first of three good bins in a row; None: not within the load.

    `counted` are the requests that must succeed, `failed` the places in it of those that did not. Good:
    99.9 % succeeded, and p99 is within the objective. A bin without a request is neither good nor bad.
    """
    ended_ns = history.failure_ended_ns
    bins = max(math.floor((history.load_ended_ns - ended_ns) / _BIN_NS), 0)
    members: list[list[int]] = [[] for _ in range(bins)]
    for place, event in enumerate(counted):
        number = (event.due_ns - ended_ns) // _BIN_NS
        if 0 <= number < bins:
            members[number].append(place)
    since: int | None = None
    good = 0
    for number, places in enumerate(members):
        if not places:
            continue
        succeeded = sum(place not in failed for place in places) / len(places)
        slowest = p99_ms([counted[place] for place in places])
        if succeeded >= _SUCCESS and (slowest is None or slowest <= history.slo_ms):
            since = number if good == 0 else since
            good += 1
            if good == _IN_A_ROW and since is not None:
                return since * BIN_MS / 1000
        else:
            good = 0
    return None


def detected_s(history: History, counted: Sequence[Event], failed: Collection[int]) -> float | None:
    """Seconds from the failure's beginning until a client first saw it: a failure, or a response later than
    the objective. None: nobody could.
    """
    began_ns = history.failure_began_ns
    moments = []
    for place, event in enumerate(counted):
        if event.done_ns < began_ns:
            continue
        if place in failed:
            moments.append(event.done_ns)
        elif event.act is not Act.LOGIN and event.done_ns - event.due_ns > history.slo_ms * 1e6:
            moments.append(event.due_ns + round(history.slo_ms * 1e6))
    return max(min(moments) - began_ns, 0) / 1e9 if moments else None
