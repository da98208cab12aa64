"""`authbench run`: verify, measure, judge, print."""

from pathlib import Path
from typing import Annotated

import typer


def run(
    experiment: Annotated[
        str, typer.Argument(help="smoke, quick, full, or the path of a TOML file")
    ] = "quick",
    results: Annotated[Path, typer.Option(help="folder of raw and derived results")] = Path("results"),
    redis_url: Annotated[
        str | None,
        typer.Option(help="a Redis of your own; only keys of this run are touched. Otherwise one is started"),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="seed of every random choice; drawn unless given")] = None,
    json: Annotated[bool, typer.Option("--json", help="print summary.json instead of the table")] = False,
) -> None:
    """Execute an experiment and print its verdict table.

    Exit 0: VALID. 3: INVALID, with the reasons. 5: a scheme does not do what its name says.

    Example: authbench run smoke
    """
    from analysis.judge import enough, judge, progress
    from authbench.cli.progress import show_progress
    from authbench.cli.verdict import show_verdict
    from authbench.experiment import find_experiment, find_workload
    from loadtests.harness.run import RunRequest, run_experiment
    from servers.discovery import find_scheme

    chosen = find_experiment(experiment)
    if seed is not None:
        chosen = chosen.model_copy(update={"seed": seed})
    for arm in chosen.arms:
        find_scheme(arm.scheme)
    workload = find_workload(chosen.workload)
    command = f"make bench EXPERIMENT={experiment}"
    with show_progress(lambda recorded: progress(recorded, chosen)) as shown:
        path = run_experiment(
            RunRequest(
                experiment=chosen,
                workload=workload,
                results=results,
                command=command,
                judge=judge,
                enough=enough,
                progress=shown,
                redis_url=redis_url,
            )
        )
    show_verdict(path, results, as_json=json, newest=True)
