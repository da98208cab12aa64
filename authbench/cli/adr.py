"""`authbench adr`: a decision record with the evidence of a run, and whether an old one still holds."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from authbench.cli.shared.options import (
    DEFAULT_RESULTS,
    At,
    ContextFile,
    DemandFile,
    Json,
    Results,
    Run,
    Security,
)
from authbench.contracts.failure import ExitCode, Failure

if TYPE_CHECKING:
    from analysis.advice.context import Context
    from analysis.capacity.demand import Demand
    from analysis.capacity.plan_record import Plan
    from analysis.records.summary import Summary
    from authbench.contracts.records import Manifest


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
    demand: DemandFile = None,
    at: At = None,
    out: Annotated[Path, typer.Option(help="folder of your records")] = Path("docs/decisions"),
    results: Results = DEFAULT_RESULTS,
    security: Security = None,
) -> None:
    """Write a decision record (MADR 4.0); the choice is yours unless what you ask for leaves one option.

    It takes the next free number, or the place of a record of the same title that nobody has edited. What
    authbench attack, revoke and drill have last found of the schemes is in it. With a demand, or a peak, so
    are cores, nodes and store memory that each option needs, and the break-evens.

    Exit 0: written. 3: the run is INVALID, and no decision rests on it.

    Example: authbench adr latest --context docs/context.example.toml --demand docs/demand.example.toml
    """
    from analysis.adr.record import render_record, write_record
    from analysis.advice.context import Context
    from analysis.capacity.plan import make_plan
    from analysis.data.store_sizes import read_store_sizes
    from analysis.summary.so_what import summarize_so_what
    from authbench.cli.shared.cards import known_cards
    from authbench.cli.shared.demand import read_demand
    from authbench.cli.shared.find_run import compares, find_run, summary_of
    from authbench.cli.shared.options import newest_security
    from authbench.contracts.run_directory import make_folder, read_manifest
    from authbench.contracts.toml_file import read_model

    asked = Context() if context is None else read_model(context, Context)
    wanted = read_demand(demand, at)
    if wanted is None and asked.requirements.peak_rps is not None:
        wanted = read_demand(None, asked.requirements.peak_rps)
    if wanted is not None:
        asked = _at_one_peak(asked, wanted, at)
    raw = find_run(results, run, "that compares arms", compares)
    summary, manifest = summary_of(raw, results), read_manifest(raw)
    planned = None
    if wanted is not None and summary.status != "INVALID":
        planned = wanted, make_plan(summary, manifest, wanted, read_store_sizes(results))
        summary = summary.model_copy(update={"so_what": summarize_so_what(summary, wanted.site)})
    security_found = newest_security(results, security)
    text = render_record(summary, raw, known_cards(manifest), asked, security_found, planned)
    path = write_record(make_folder(out, "--out"), asked.title, text)
    typer.echo(f"{path}: the decision is yours; authbench adr check {path} says later whether it still holds")


def _at_one_peak(context: "Context", demand: "Demand", at: float | None) -> "Context":
    """Give the context the planned peak. Failure where context and demand name two, and no `--at` decides."""
    peak_rps = context.requirements.peak_rps
    if at is None and peak_rps is not None and not math.isclose(peak_rps, demand.planned_rps, rel_tol=0.01):
        raise Failure(
            f"requirements.peak_rps of the context is {peak_rps:.9g}, and the demand plans for "
            f"{demand.planned_rps:.9g} requests/s (peak_rps x growth): make them one, or leave out the first"
        )
    needed = context.requirements.model_copy(update={"peak_rps": demand.planned_rps})
    return context.model_copy(update={"requirements": needed})


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
    from authbench.cli.shared.cards import known_cards
    from authbench.cli.shared.find_run import compares, find_run, summary_of
    from authbench.cli.shared.options import newest_security
    from authbench.contracts.run_directory import read_manifest

    written = read_block(record)
    raw = find_run(results, run, "that compares arms", compares)
    summary, manifest = summary_of(raw, results), read_manifest(raw)
    if summary.status == "INVALID":
        reason = summary.reasons[0]
        raise Failure(f"the run is INVALID ({reason}): it says nothing of a record", ExitCode.INVALID)
    cards = known_cards(manifest)
    options = [name for name in written.options if name in cards]
    evidence = newest_security(results, security)
    told = check_record(
        written,
        summary,
        advise(written.context, cards, options, evidence, summary),
        _plan_again(summary, manifest, written.demand, results),
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


def _plan_again(
    summary: "Summary", manifest: "Manifest", demand: "Demand | None", results: Path
) -> "Plan | None":
    """The plan of the later run for the record's demand; None without a demand, or where none can be made."""
    from analysis.capacity.plan import make_plan
    from analysis.data.store_sizes import read_store_sizes

    if demand is None:
        return None
    try:
        return make_plan(summary, manifest, demand, read_store_sizes(results))
    except Failure:
        return None
