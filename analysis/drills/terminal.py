"""Print a drill on a terminal: one table, what is behind it, and every objection."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from analysis.drills.outcome import objections
from analysis.report.console import TextTable, open_console
from authbench.contracts.card import StoreEmptied, StoreLoss
from authbench.contracts.security.drill import DrillOutcome, SchemeOutcome
from authbench.words.counting import counted

_PROOFS = 4
_COLUMNS = (
    "scheme",
    "failed",
    "wrongly\nin/out",
    "logged\nout",
    "seen\ns",
    "back\ns",
    "hang\nms",
    "public\nfine",
    "its card\nsays",
)
_SHORT = {
    StoreLoss.KEEPS_SERVING.value: "serves",
    StoreLoss.UNTIL_CACHE_ENDS.value: "serves by cache",
    StoreEmptied.LOGGED_OUT_AT_REFRESH.value: "no refresh",
    StoreEmptied.REVOKED_WORK_AGAIN.value: "revoked live",
}
"""Promises that are too long for a column."""


def print_drill(outcome: DrillOutcome, console: Console | None = None) -> None:
    """Print one drill. Piped, it is 100 columns wide and without colour."""
    console = open_console(console)
    drilled = [each for each in outcome.schemes if each.not_run is None]
    table = TextTable(f"{outcome.drill}: {outcome.summary}", *_COLUMNS)
    for each in drilled:
        table.add(*_cells(each))
    if drilled:
        console.print(table)
        for line in _conditions(outcome):
            console.print(Text(f"  {line}"))
    else:
        console.print(Text(f"{outcome.drill}: {outcome.summary}"))
    for line in _remarks(outcome):
        console.print(Text(f"  {line}"))
    for line in outcome.not_shown:
        console.print(Text(f"! NOTHING SHOWN: V36: {line}", style="bold red"))
    for scheme, objection in objections(outcome):
        console.print(Text(f"! {scheme}: {objection.about}: {objection.sentence}", style="bold red"))


def _cells(each: SchemeOutcome) -> Iterator[str]:
    yield each.scheme
    yield str(each.failed)
    yield f"{each.wrongly_accepted}/{each.wrongly_rejected}"
    yield f"{each.logged_out}/{each.logins}"
    yield "-" if each.detect_s is None else f"{each.detect_s:.2f}"
    yield "never" if each.recover_s is None else f"{each.recover_s:.1f}"
    yield f"{each.longest_hang_ms:.0f}"
    yield "-" if each.public is None else "yes" if each.public.unharmed else "NO"
    broken = "BROKEN: " if each.card_held is False else ""
    unseen = " (unseen)" if each.promised and each.card_held is None else ""
    yield f"{broken}{_SHORT.get(each.promised, each.promised) or '-'}{unseen}"


def _conditions(outcome: DrillOutcome) -> Iterator[str]:
    requests = [each.requests for each in outcome.schemes if each.not_run is None]
    limits = [each.hang_limit_ms for each in outcome.schemes if each.hang_limit_ms is not None]
    allowed = f"; hangs up to {min(limits):.0f} ms are within the store's deadline" if limits else ""
    yield (
        f"{outcome.failure_s:.1f} s of failure, {outcome.rate_rps:.3g} requests/s to each scheme, "
        f"{min(requests)} to {max(requests)} in all, "
        f"sent at most {outcome.load_late_p99_ms:.0f} ms late (p99){allowed}"
    )
    shown = [f"{proof.what}: {proof.seen}" for proof in outcome.proofs]
    yield (
        "seen apart from the load: "
        + "; ".join(shown[:_PROOFS])
        + (f"; and {len(shown) - _PROOFS} more" if len(shown) > _PROOFS else "")
    )
    resumed = [each for each in outcome.schemes if each.resumed_within_ms is not None]
    if resumed:
        failed = sum(each.failed_after for each in resumed)
        reads = sum(each.reads_after for each in resumed)
        lost = sum(each.lost.total for each in resumed)
        writes = sum(each.acknowledged.total for each in resumed)
        yield (
            f"sent more than {resumed[0].resumed_within_ms:.0f} ms after the promotion: {failed} of {reads} "
            f"reads failed; acknowledged and lost: {lost} of {counted(writes, 'write')}"
        )


def _remarks(outcome: DrillOutcome) -> Iterator[str]:
    """Who is logged out by a lost answer, whose reads did not go on in time, which schemes the drill says
    nothing of, and what is lost.
    """
    for each in outcome.schemes:
        if each.after_lost_refresh:
            yield (
                f"{each.scheme}: {each.after_lost_refresh} of the {each.logged_out} logged out had sent a "
                "refresh token again, since its first answer was lost: it looked stolen"
            )
        if each.failed_after:
            yield f"{each.scheme}: {each.failed_after} of its {counted(each.reads_after, 'read')} failed then"
        if each.not_run is not None:
            yield f"{each.scheme}: not run: {each.not_run}"
        elif each.lost.total:
            lost, all_of = each.lost, each.acknowledged
            yield (
                f"{each.scheme}: acknowledged and lost: {lost.logins} of {counted(all_of.logins, 'login')}, "
                f"{lost.logouts} of {counted(all_of.logouts, 'logout')} (they let in again), "
                f"{lost.orders} of {counted(all_of.orders, 'order')}"
            )
