"""`authbench plan`: how many cores and how much store each scheme of a run needs for a demand."""

from pathlib import Path
from typing import Annotated

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, Results, Run


def plan(
    run: Run = "latest",
    demand: Annotated[
        Path, typer.Option(help="TOML file with the demand, see docs/demand.example.toml")
    ] = Path("demand.toml"),
    results: Results = DEFAULT_RESULTS,
) -> None:
    """Size application and store from the slope of a run that was measured at three rates or more.

    Writes results/derived/<run-id>/plan.md. Exit 2 where the run does not carry a plan.

    Example: authbench plan latest --demand docs/demand.example.toml
    """
    from analysis.capacity.demand import Demand
    from analysis.capacity.document import print_plan, render_plan
    from analysis.capacity.sizing import plan as size_all
    from analysis.summary.summarize import summarize_run
    from authbench.contracts.run_directory import make_folder, replace_file, resolve_run
    from authbench.contracts.toml_file import read_model

    wanted = read_model(demand, Demand)
    summary = summarize_run(resolve_run(results, run), results).summary
    sizings = size_all(summary, wanted)
    path = make_folder(results / "derived" / summary.run_id) / "plan.md"
    replace_file(path, render_plan(summary, wanted, sizings))
    print_plan(summary, wanted, sizings)
    typer.echo(f"the plan: {path}")
