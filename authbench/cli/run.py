"""`authbench run`: verify, measure, judge, print."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from authbench.cli.stores import OwnRedis, RedisPasswordFile, with_password

if TYPE_CHECKING:
    from loadtests.harness.run.start_or_resume import Start


def run(
    experiment: Annotated[
        str, typer.Argument(help="smoke, quick, full, or the path of a TOML file")
    ] = "quick",
    results: Annotated[Path, typer.Option(help="folder of raw and derived results")] = Path("results"),
    redis_url: OwnRedis = None,
    redis_password_file: RedisPasswordFile = None,
    seed: Annotated[int | None, typer.Option(help="seed of every random choice; drawn unless given")] = None,
    resume: Annotated[
        str | None, typer.Option(help="go on with this run, which was cut short, instead of a new one")
    ] = None,
    generators: Annotated[
        int, typer.Option(min=1, max=64, help="load generator processes, an equal share of the load each")
    ] = 1,
    json: Annotated[bool, typer.Option("--json", help="print summary.json instead of the table")] = False,
) -> None:
    """Execute an experiment and print its verdict table.

    Exit 0: VALID. 3: INVALID, with the reasons. 5: a scheme does not do what its name says. 130: stopped by
    a signal; --resume goes on with it.

    Example: authbench run smoke
    """
    from analysis.judge import enough, judge, progress
    from authbench.cli.shared.progress import show_progress
    from authbench.cli.shared.verdict import show_verdict
    from authbench.contracts.run_directory import resolve_run
    from loadtests.harness.run.run import RunRequest, run_experiment
    from loadtests.harness.run.start_or_resume import resume_start

    start = resume_start(resolve_run(results, resume)) if resume else _fresh(experiment, seed, generators)
    chosen = start.manifest.experiment
    try:
        with show_progress(lambda recorded: progress(recorded, chosen)) as shown:
            path = run_experiment(
                RunRequest(
                    start=start,
                    results=results,
                    judge=partial(judge, loop=start.manifest.workload.loop),
                    enough=enough,
                    progress=shown,
                    redis_url=with_password(redis_url, redis_password_file),
                )
            )
    except KeyboardInterrupt:
        print(f"go on with it: authbench run --resume {start.manifest.run_id}", file=sys.stderr)
        raise
    show_verdict(path, results, as_json=json, newest=True)


def _fresh(experiment: str, seed: int | None, generators: int) -> "Start":
    """A new run of the experiment, whose schemes and workload exist."""
    from authbench.contracts.experiment import find_experiment, find_workload
    from loadtests.harness.run.start_or_resume import fresh_start
    from servers.discovery import find_scheme

    chosen = find_experiment(experiment)
    if seed is not None:
        chosen = chosen.model_copy(update={"seed": seed})
    for arm in chosen.arms:
        find_scheme(arm.scheme)
    command = f"make bench EXPERIMENT={experiment}"
    if generators > 1:
        command = f"authbench run {experiment} --generators {generators}"
    return fresh_start(chosen, find_workload(chosen.workload), command, generators)
