"""Derive a run's files, print its verdict, end with its exit code: the last step of `run` and `report`."""

import sys
from pathlib import Path

import typer

from authbench.contracts.failure import ExitCode
from authbench.words.counting import counted


def show_verdict(
    run: Path,
    results: Path,
    *,
    as_json: bool,
    newest: bool = False,
    verbose: bool = False,
    at: float | None = None,
) -> None:
    """Derive the run's files and print its verdict; `newest` also points results/latest at it.

    Ends with typer.Exit when the run is INVALID.
    """
    from analysis.derive import derive, point_latest
    from analysis.report.screen import print_screen
    from analysis.report.terminal import print_report
    from authbench.cli.shared.cards import known_cards
    from authbench.cli.shared.options import site_at
    from authbench.contracts.run_directory import read_manifest

    say(f"judging {counted(read_manifest(run).slices_recorded, 'slice')}")
    summary = derive(run, results, site_at(at), say, known_cards())
    if newest:
        point_latest(results, summary.run_id)
    if as_json:
        typer.echo(summary.model_dump_json(indent=1))
    else:
        (print_report if verbose else print_screen)(summary, results / "derived" / summary.run_id)
    if summary.status == "INVALID":
        raise typer.Exit(ExitCode.INVALID)


def say(text: str) -> None:
    """Tell on standard error what is done now: it takes seconds in which nothing is printed."""
    print(f"{text} ...", file=sys.stderr, flush=True)
