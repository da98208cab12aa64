"""Judge what clients saw during a failure: pure functions of a history, no clock and no server."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from analysis.drills.logins import Login, Right, judged, orders_lost, read_logins
from analysis.drills.promises import Promise, grace_ns, promise
from analysis.drills.timeline import detected_s, in_bins, p99_ms, recovered_s
from authbench.contracts.card import StoreEmptied, StoreLoss
from authbench.contracts.security.drill import Counted, Objection, PublicEndpoint, SchemeOutcome
from authbench.contracts.security.drill_history import UNSURE, Act, Answer, Effect, Event, History
from authbench.words.counting import counted

_LATE = 1.1
_STORE_BOUND = frozenset({Act.READ, Act.REFRESH})
"""Acts that one deadline of the store bounds. A login hashes a password, orders are in a database, and a
logout of everything asks the store twice.
"""
_HANGS = 3
"""So many requests beyond a limit are no accident: one or two may have met a busy processor."""
_KEEPS_ITS_DATA = frozenset({Effect.UNREACHABLE, Effect.IMPAIRED, Effect.PROCESS_LOST, Effect.NONE})


def judge(history: History) -> SchemeOutcome:
    """What the failure did to the scheme's users."""
    logins = read_logins(history)
    rights = list(judged(history, logins))
    load = [event for event in history.events if not event.outside]
    gone = {login.number: login for login in logins.values() if login.alive and login.over}
    right_of = {id(event): right for event, right in rights}
    served = [event for event in load if right_of.get(id(event)) not in (Right.REFUSE, Right.EITHER)]
    # A user who is logged out is counted once, as that: who recovers are all the others.
    counted = [event for event in served if event.act is Act.PUBLIC or event.login not in gone]
    said = promise(history, logins)
    after = _reads_after(history, rights)
    taken_ms, limit_ms = _taken_ms(load, history, _STORE_BOUND), _hang_limit_ms(load, history)
    outcome = SchemeOutcome(
        scheme=history.scheme,
        store_loss=history.card.store_loss,
        store_emptied=history.card.store_emptied,
        promised=said.words,
        card_held=said.held,
        requests=len(load),
        failed=sum(event.answer in UNSURE and right_of.get(id(event)) is not Right.REFUSE for event in load),
        wrongly_accepted=sum(
            (event.answer is Answer.YES and right is Right.REFUSE) or event.answer is Answer.WRONG
            for event, right in rights
        ),
        wrongly_rejected=sum(
            event.answer is Answer.NO and right is Right.GRANT and not event.outside
            for event, right in rights
        ),
        logged_out=len(gone),
        after_lost_refresh=sum(login.doubtful_from_ns is not None for login in gone.values()),
        logins=sum(login.alive for login in logins.values()),
        detect_s=detected_s(history, served, _failed(served)),
        recover_s=recovered_s(history, counted, _failed(counted)),
        resumed_within_ms=grace_ns(history) / 1e6 if history.over_by_itself else None,
        reads_after=len(after),
        failed_after=sum(event.answer in UNSURE for event in after),
        longest_hang_ms=max(taken_ms, default=0),
        hang_limit_ms=limit_ms,
        hung=sum(limit_ms is not None and each > limit_ms for each in taken_ms),
        public=_public(load, history),
        acknowledged=_acknowledged(history, logins),
        lost=_lost(history, logins),
        timeline=tuple(in_bins(history)),
    )
    return outcome.model_copy(update={"objections": tuple(_objections(history, outcome, said))})


def _failed(events: Sequence[Event]) -> set[int]:
    """The places of those that did not get what they should have."""
    return {place for place, event in enumerate(events) if event.answer is not Answer.YES}


def _during(event: Event, history: History) -> bool:
    """Whether the request was under way at some time from the failure's beginning on."""
    return event.done_ns >= history.failure_began_ns


def _taken_ms(load: Sequence[Event], history: History, acts: Collection[Act]) -> list[float]:
    """How long these requests took from when they were sent, from the failure's beginning on."""
    return [
        (event.done_ns - event.sent_ns) / 1e6
        for event in load
        if event.act in acts and _during(event, history)
    ]


def _hang_limit_ms(load: Sequence[Event], history: History) -> float | None:
    """The store's deadline and a tenth; what /public took at most in the same time, which asks no store; and
    by how much the clients were late: so long stood the server, or its clients, still for other reasons.
    """
    if history.effect is Effect.PROCESS_LOST or history.card.store not in ("redis", "sql"):
        return None
    public_ms = max(_taken_ms(load, history, {Act.PUBLIC}), default=0)
    return history.deadline_ms * _LATE + public_ms + history.load_late_ms


def _reads_after(history: History, rights: Sequence[tuple[Event, Right]]) -> list[Event]:
    """Reads that must be granted, and were sent when they must be answered again. None where the drill itself
    ended the failure: what it started again needs a moment.
    """
    if not history.over_by_itself:
        return []
    from_ns = history.failure_ended_ns + grace_ns(history)
    return [
        event
        for event, right in rights
        if event.act is Act.READ and right is Right.GRANT and not event.outside and event.sent_ns >= from_ns
    ]


def _public(load: Sequence[Event], history: History) -> PublicEndpoint:
    public = [event for event in load if event.act is Act.PUBLIC]
    before = [event for event in public if not _during(event, history)]
    during = [
        event for event in public if _during(event, history) and event.due_ns < history.failure_ended_ns
    ]
    failed = sum(event.answer is not Answer.YES for event in public)
    slowest = p99_ms(during)
    return PublicEndpoint(
        requests=len(public),
        failed=failed,
        p99_before_ms=p99_ms(before),
        p99_during_ms=slowest,
        unharmed=failed == 0 and (slowest is None or slowest <= history.slo_ms),
    )


def _acknowledged(history: History, logins: Mapping[int, Login]) -> Counted:
    return Counted(
        logins=sum(login.began_ns > 0 for login in logins.values()),
        logouts=sum(login.ended_ns is not None for login in logins.values()),
        orders=orders_lost(history)[0],
    )


def _lost(history: History, logins: Mapping[int, Login]) -> Counted:
    """Acknowledged writes that are not there any more, as far as checks afterwards show."""
    return Counted(
        logins=sum(
            login.began_ns > 0 and login.alive and login.checked(Act.READ) is Answer.NO
            for login in logins.values()
        ),
        logouts=sum(_revived(login, history) for login in logins.values()),
        orders=orders_lost(history)[1],
    )


def _revived(login: Login, history: History) -> bool:
    """Whether a check granted what an acknowledged logout had ended, and its declared window was over."""
    ended_ns = login.ended_ns
    if ended_ns is None:
        return False
    return any(
        check.answer is Answer.YES
        and check.act in (Act.READ, Act.REFRESH)
        and check.sent_ns >= ended_ns + (history.end_window_s * 1e9 if check.act is Act.READ else 0)
        for check in login.checks
    )


def _objections(history: History, outcome: SchemeOutcome, said: Promise) -> Iterator[Objection]:
    keeps = history.effect in _KEEPS_ITS_DATA and not (
        history.effect is Effect.PROCESS_LOST and history.card.store_loss is StoreLoss.LOGGED_OUT
    )
    if said.held is False:
        yield Objection(about="card", sentence=f"the card says '{said.words}'; {said.because}")
    works_again = history.card.store_emptied is StoreEmptied.REVOKED_WORK_AGAIN
    declared = history.effect is Effect.LOSES_SOME or (history.effect is Effect.EMPTIED and works_again)
    if outcome.wrongly_accepted and not declared:
        yield Objection(
            about="fail open",
            sentence=f"{outcome.wrongly_accepted} requests with an ended login were let in, and the card "
            "declares no such thing",
        )
    if outcome.wrongly_rejected and keeps:
        yield Objection(
            about="card",
            sentence=f"{outcome.wrongly_rejected} requests with a live login were refused as if it had "
            "ended: nothing had been lost",
        )
    lost = outcome.lost
    if lost.orders or (lost.total and keeps):
        yield Objection(
            about="lost write",
            sentence=f"acknowledged and lost: {counted(lost.logins, 'login')}, "
            f"{counted(lost.logouts, 'logout')}, "
            f"{counted(lost.orders, 'order')}",
        )
    if outcome.recover_s is None:
        yield Objection(about="recovery", sentence="it did not recover while the load went on")
    if outcome.failed_after >= _HANGS:
        yield Objection(
            about="resumption",
            sentence=f"{outcome.failed_after} of {counted(outcome.reads_after, 'read')} failed that "
            f"were sent more than "
            f"{outcome.resumed_within_ms or 0:.0f} ms after the store was there again",
        )
    if outcome.hung >= _HANGS:
        yield Objection(
            about="hang",
            sentence=f"{outcome.hung} requests took up to {outcome.longest_hang_ms:.0f} ms; the store's "
            f"deadline allows {outcome.hang_limit_ms or 0:.0f} ms",
        )
    public = outcome.public
    if public is not None and not public.unharmed and history.effect is not Effect.PROCESS_LOST:
        yield Objection(
            about="public",
            sentence=f"/public was harmed: {public.failed} of {public.requests} failed, p99 "
            f"{public.p99_during_ms or 0:.0f} ms during the failure",
        )
