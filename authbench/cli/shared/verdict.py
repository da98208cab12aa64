"""Derive a run's files, print its verdict, end with its exit code: the last step of `run` and `report`."""

from pathlib import Path

import typer

from authbench.contracts.failure import ExitCode


def show_verdict(run: Path, results: Path, *, as_json: bool, newest: bool = False) -> None:
    """Derive the run's files and print its verdict; `newest` also points results/latest at it.

    Ends with typer.Exit when the run is INVALID.
    """
    from analysis.derive import derive, point_latest
    from analysis.report.terminal import print_report

    summary = derive(run, results)
    if newest:
        point_latest(results, summary.run_id)
    if as_json:
        typer.echo(summary.model_dump_json(indent=1))
    else:
        print_report(summary, results / "derived" / summary.run_id)
    if summary.status == "INVALID":
        raise typer.Exit(ExitCode.INVALID)
