"""`authbench adr`: a decision record with the evidence of a run filled in."""

from pathlib import Path
from typing import Annotated

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, Results, Run


def adr(
    run: Run = "latest",
    out: Annotated[
        Path | None, typer.Option(help="folder of the records; results/derived/<run-id> unless given")
    ] = None,
    results: Results = DEFAULT_RESULTS,
) -> None:
    """Write a decision record (MADR) under the next free number; the choice itself is left to you.

    Exit 0: written. 3: the run is INVALID, and no decision rests on it.

    Example: authbench adr latest --out docs/decisions
    """
    from analysis.adr.record import next_path, render_record
    from analysis.summary.summarize import summarize_run
    from authbench.contracts.run_directory import make_folder, replace_file, resolve_run

    raw = resolve_run(results, run)
    summary = summarize_run(raw, results).summary
    text = render_record(summary, raw)
    path = next_path(make_folder(out or results / "derived" / summary.run_id))
    replace_file(path, text)
    typer.echo(f"{path}: fill in what reads [owner to fill]; the decision is yours")
