"""Print a drill on a terminal: one table, what is behind it, and every objection."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from analysis.drills.outcome import objections
from analysis.report.console import TextTable, open_console
from authbench.contracts.security.drill import DrillOutcome, SchemeOutcome

_COLUMNS = (
    "scheme",
    "failed",
    "wrongly\naccepted",
    "wrongly\nrejected",
    "logged\nout",
    "detect\ns",
    "recover\ns",
    "longest\nhang ms",
    "/public\nunharmed",
    "its card says",
)


def print_drill(outcome: DrillOutcome, console: Console | None = None) -> None:
    """Print one drill. Piped, it is 100 columns wide and without colour."""
    console = open_console(console)
    drilled = [each for each in outcome.schemes if each.not_run is None]
    table = TextTable(f"{outcome.drill}: {outcome.summary}", *_COLUMNS)
    for each in drilled:
        table.add(*_cells(each))
    if drilled:
        console.print(table)
        console.print(Text(f"  {_conditions(outcome)}"))
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
    yield f"{each.failed} of {each.requests}"
    yield str(each.wrongly_accepted)
    yield str(each.wrongly_rejected)
    yield f"{each.logged_out} of {each.logins}"
    yield "nobody" if each.detect_s is None else f"{each.detect_s:.2f}"
    yield "never" if each.recover_s is None else f"{each.recover_s:.1f}"
    limit = "" if each.hang_limit_ms is None else f" of {each.hang_limit_ms:.0f}"
    yield f"{each.longest_hang_ms:.0f}{limit}"
    yield "-" if each.public is None else "yes" if each.public.unharmed else "NO"
    kept = {True: "", False: ": NO", None: " (not seen)"}[each.card_held]
    yield f"{each.promised}{kept}" if each.promised else "nothing of this"


def _conditions(outcome: DrillOutcome) -> str:
    proofs = "; ".join(f"{proof.what}: {proof.seen}" for proof in outcome.proofs[:4])
    return (
        f"{outcome.failure_s:.1f} s, {outcome.rate_rps:g} requests/s each, open loop, sent at most "
        f"{outcome.load_late_p99_ms:.0f} ms late (p99). Seen apart from the load: {proofs}"
    )


def _remarks(outcome: DrillOutcome) -> Iterator[str]:
    """Acknowledged writes that are lost, and schemes that the drill says nothing of."""
    for each in outcome.schemes:
        if each.not_run is not None:
            yield f"{each.scheme}: not run: {each.not_run}"
        elif each.lost.total:
            lost, all_of = each.lost, each.acknowledged
            yield (
                f"{each.scheme}: acknowledged and lost: {lost.logins} of {all_of.logins} logins, "
                f"{lost.logouts} of {all_of.logouts} logouts (they let in again), "
                f"{lost.orders} of {all_of.orders} orders"
            )
