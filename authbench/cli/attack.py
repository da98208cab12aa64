"""`authbench attack`: what can somebody do to each scheme who is not its user?"""

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, Json, Results
from authbench.contracts.failure import ExitCode
from authbench.words.counting import counted

if TYPE_CHECKING:
    from authbench.contracts.security.attack import AttackReport, Row

_CONTROL = "none"
"""It believes everybody: there is nothing to attack."""


def attack(
    schemes: Annotated[
        list[str] | None, typer.Argument(help="names, or module:Class of your own; all unless given")
    ] = None,
    row: Annotated[list[str] | None, typer.Option(help="only this row, such as E4; can be repeated")] = None,
    slow: Annotated[bool, typer.Option("--slow", help="also the attacks that wait for minutes")] = False,
    results: Results = DEFAULT_RESULTS,
    json: Json = False,
) -> None:
    """Attack each scheme, and with every attack a server that is broken on purpose and must fall to it.

    All servers are started here and listen on loopback: no other server can be attacked with this. An attack
    counts as succeeded when the application's database has its effect. Every request is kept as evidence in
    results/security/.

    Exit 0: everything was tried, and every broken server fell. 3: one did not, so its row shows nothing. 5: a
    scheme does something that its card denies.

    Example: authbench attack session-redis jwt-hs256 --row E1
    """
    from authbench.contracts.security.report import write_security_report
    from loadtests.attacks.run_attacks import AttackRequest, run_attacks
    from servers.contract.settings import ServerSettings
    from servers.discovery import find_scheme, known_schemes

    names = list(dict.fromkeys(schemes or (name for name in known_schemes() if name != _CONTROL)))
    cards = {
        # Its card is read and nothing is asked of the store: with one, tokens can be refreshed.
        name: find_scheme(name)(ServerSettings(scheme=name, redis_url="redis://127.0.0.1")).card
        for name in names
    }
    request = AttackRequest(
        schemes=names,
        rows=list(dict.fromkeys(row or ())),
        slow=slow,
        cards=cards,
        command=" ".join(
            ["authbench attack", *(schemes or ()), *(f"--row {each}" for each in row or ())]
            + (["--slow"] if slow else [])
        ),
        say=lambda text: print(text, file=sys.stderr),
    )
    report = run_attacks(request)
    path = write_security_report(results, report)
    if json:
        print(report.model_dump_json(indent=1))
    else:
        _print(report, path)
    if report.denied:
        raise typer.Exit(ExitCode.VERIFICATION)
    if report.void:
        raise typer.Exit(ExitCode.INVALID)


def _print(report: "AttackReport", path: Path) -> None:
    """One line for each row with its counts, and one for the schemes that fell; then what is wrong."""
    from authbench.contracts.security.attack import AttackOutcome

    group = ""
    for row in report.rows:
        if row.group != group:
            group = row.group
            print()
        counts = Counter(cell.outcome for cell in row.cells)
        told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in AttackOutcome if counts[outcome])
        print(f"{row.id:<5}{row.question}\n     {told}")
        for line in _named(row):
            print(f"     {line}")
        if row.void:
            print(f"     VOID: {row.void}")
    for cell in report.denied:
        print(f"\nDENIED BY ITS CARD: {cell.scheme}, {cell.row}: {cell.reason}")
        print(f"     its card says {cell.denied_by_card}")
    fell = sum(
        row.control is not None and row.control.outcome is AttackOutcome.SUCCEEDED for row in report.rows
    )
    print(f"\n{fell} of {counted(len(report.rows), 'broken server')} fell, as each must. Evidence: {path}")


def _named(row: "Row") -> list[str]:
    """The schemes on which it succeeded, and for what reason; and why it was not run on others.

    Schemes that have nothing to attack, or that another one stands in for, are counted and not named.
    """
    from authbench.contracts.security.attack import AttackOutcome

    named: dict[tuple[AttackOutcome, str], list[str]] = {}
    counted: Counter[str] = Counter()
    for cell in row.cells:
        if cell.same_as is not None:
            counted[f"as on {cell.same_as}, which was tried for both"] += 1
        elif cell.nothing_there:
            counted[f"with nothing to attack: {cell.reason}"] += 1
        elif cell.outcome in (AttackOutcome.SUCCEEDED, AttackOutcome.NOT_RUN):
            named.setdefault((cell.outcome, cell.reason), []).append(cell.scheme)
    lines = [f"{outcome}: {', '.join(schemes)}: {reason}" for (outcome, reason), schemes in named.items()]
    return [*lines, *(f"{count} {words}" for words, count in counted.items())]
