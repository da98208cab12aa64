"""`authbench adr`: a decision record with the evidence of a run filled in."""

from pathlib import Path
from typing import Annotated

import typer


def adr(
    run: Annotated[str, typer.Argument(help="a run id, the path of a run, or 'latest'")] = "latest",
    out: Annotated[
        Path | None, typer.Option(help="folder of the records; results/derived/<run-id> unless given")
    ] = None,
    results: Annotated[Path, typer.Option(help="where runs are kept")] = Path("results"),
) -> None:
    """Write a decision record (MADR) under the next free number; the choice itself is left to you.

    Ends with 0, or with 3 if the run is INVALID: no decision rests on it.

    Example: authbench adr latest --out docs/decisions
    """
    from analysis.adr.record import next_path, render_record
    from analysis.derive import make_folder
    from analysis.summary.summarize import summarize_run
    from authbench.contracts.run_directory import replace_file, resolve_run

    raw = resolve_run(results, run)
    summary = summarize_run(raw, results).summary
    text = render_record(summary, raw)
    path = next_path(make_folder(out or results / "derived" / summary.run_id))
    replace_file(path, text)
    typer.echo(f"{path}: fill in what reads [owner to fill]; the decision is yours")
