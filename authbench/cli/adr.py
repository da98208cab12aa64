"""`authbench adr`: a decision record with the evidence of a run filled in."""

from pathlib import Path
from typing import Annotated

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, At, DemandFile, Results, Run


def adr(
    run: Run = "latest",
    at: At = None,
    demand: DemandFile = None,
    out: Annotated[
        Path | None, typer.Option(help="folder of the records; 'decisions' in the results unless given")
    ] = None,
    results: Results = DEFAULT_RESULTS,
) -> None:
    """Write a decision record (MADR); the choice itself is left to you.

    What authbench attack, revoke and drill have last found of the schemes is in it, if they have run. It
    takes the next free number, or the place of a record that nobody has edited since it was written.
    Exit 0: written. 3: the run is INVALID, and no decision rests on it.

    Example: authbench adr latest --at 3000 --out docs/decisions
    """
    from analysis.adr.record import render_record, write_record
    from analysis.security.evidence import evidence_in
    from analysis.summary.summarize import summarize_run
    from authbench.cli.shared.demand import wanted_demand
    from authbench.cli.shared.find_run import compares, find_run
    from authbench.contracts.run_directory import make_folder

    wanted = wanted_demand(at, demand)
    raw = find_run(results, run, "that compares arms", compares)
    summary = summarize_run(raw, results, wanted.site if wanted else None).summary
    text = render_record(summary, raw, evidence_in(results))
    path = write_record(make_folder(out or results / "decisions"), text)
    typer.echo(f"{path}: fill in what reads [owner to fill]; the decision is yours")
