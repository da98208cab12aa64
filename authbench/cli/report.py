"""`authbench report`: rebuild a run's figures from its raw data and print the verdict."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    run: Annotated[str, typer.Argument(help="a run id, the path of a run, or 'latest'")] = "latest",
    results: Annotated[Path, typer.Option(help="where runs are kept")] = Path("results"),
    json: Annotated[bool, typer.Option("--json", help="print summary.json instead of tables")] = False,
) -> None:
    """Rebuild table, summary and page of a run from its raw data.

    Example: authbench report latest

    Ends with 0, or with 3 if the run is INVALID.
    """
    from authbench.cli.shared.verdict import show_verdict
    from authbench.contracts.run_directory import resolve_run

    show_verdict(resolve_run(results, run), results, as_json=json)
