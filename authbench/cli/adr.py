"""`authbench adr`: a decision record with the evidence of a run, and whether an old one still holds."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from authbench.cli.shared.options import (
    DEFAULT_RESULTS,
    At,
    ContextFile,
    Json,
    Results,
    Run,
    Security,
)


class _WritesByDefault(TyperGroup):
    """`adr RUN` is `adr write RUN`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and "--help" not in args[:1]):
            args = ["write", *args]
        return super().parse_args(ctx, args)


adr = typer.Typer(
    cls=_WritesByDefault,
    help="Write a decision record (MADR) with the evidence of a run, or check one against a later run. "
    "`adr RUN` is `adr write RUN`.",
    rich_markup_mode=None,
)


@adr.command()
def write(
    run: Run = "latest",
    context: ContextFile = None,
    at: At = None,
    out: Annotated[Path, typer.Option(help="folder of your records")] = Path("docs/decisions"),
    results: Results = DEFAULT_RESULTS,
    security: Security = None,
) -> None:
    """Write a decision record (MADR 4.0); the choice is yours unless what you ask for leaves one option.

    It takes the next free number, or the place of a record of the same title that nobody has edited. What
    authbench attack, revoke and drill have last found of the schemes is in it.

    Exit 0: written. 3: the run is INVALID, and no decision rests on it.

    Example: authbench adr latest --context docs/context.example.toml
    """
    from analysis.adr.record import render_record, write_record
    from analysis.summary.so_what import Site
    from analysis.summary.summarize import summarize_run
    from authbench.cli.shared.cards import known_cards
    from authbench.cli.shared.context import read_context
    from authbench.cli.shared.find_run import compares, find_run
    from authbench.cli.shared.options import newest_security
    from authbench.contracts.run_directory import make_folder

    wanted = read_context(context, at)
    raw = find_run(results, run, "that compares arms", compares)
    peak_rps = wanted.requirements.peak_rps
    found = summarize_run(raw, results, None if peak_rps is None else Site(peak_rps, "as asked"))
    cards = known_cards(found.judged.data.manifest)
    text = render_record(found.summary, raw, cards, wanted, newest_security(results, security))
    path = write_record(make_folder(out), wanted.title, text)
    typer.echo(f"{path}: the decision is yours; authbench adr check {path} says later whether it still holds")


@adr.command()
def check(
    record: Annotated[Path, typer.Argument(help="file of a record that authbench adr wrote")],
    run: Annotated[
        str, typer.Option("--run", help="the later run: its id, its path, or 'latest'")
    ] = "latest",
    results: Results = DEFAULT_RESULTS,
    security: Security = None,
    json: Json = False,
) -> None:
    """Say which statements of a record still hold in a later run, which do not, and which cannot be compared.

    Exit 0: all hold. 4: one does not. 7: none is contradicted, and one cannot be compared. 3: the run is
    INVALID. 2: the record's evidence was edited by hand, or is not there.

    Example: authbench adr check docs/decisions/0001-authenticate-requests.md --run latest
    """
    from analysis.adr.check import check_record
    from analysis.adr.evidence import read_block
    from analysis.advice.advise import advise
    from analysis.summary.summarize import summarize_run
    from authbench.cli.shared.cards import known_cards
    from authbench.cli.shared.find_run import compares, find_run
    from authbench.cli.shared.options import newest_security
    from authbench.contracts.failure import ExitCode, Failure

    written = read_block(record)
    found = summarize_run(find_run(results, run, "that compares arms", compares), results)
    if found.summary.status == "INVALID":
        reason = found.summary.reasons[0]
        raise Failure(f"the run is INVALID ({reason}): it says nothing of a record", ExitCode.INVALID)
    cards = known_cards(found.judged.data.manifest)
    options = [name for name in written.options if name in cards]
    evidence = newest_security(results, security)
    told = check_record(
        written, found.summary, advise(written.context, cards, options, evidence, found.summary)
    )
    if json:
        typer.echo(told.model_dump_json(indent=1))
    else:
        typer.echo(f"record of {told.run_id}, held against {told.new_run_id}")
        for one in told.statements:
            typer.echo(f"{one.outcome}: {one.words}")
            if one.outcome != "holds":
                typer.echo(f"    {one.because}")
        for line in told.changed:
            typer.echo(f"changed: {line}")
        typer.echo(told.sentence)
    code = {"does not hold": ExitCode.GATE, "cannot be compared": ExitCode.NOT_COMPARABLE}
    if told.outcome in code:
        raise typer.Exit(code[told.outcome])
