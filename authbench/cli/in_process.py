"""`authbench in-process`: the stages of authenticating once more, in one process and without a network."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def in_process(
    run: Annotated[str, typer.Argument(help="a run id, the path of a run, or 'latest'")] = "latest",
    results: Annotated[Path, typer.Option(help="where runs are kept")] = Path("results"),
    json: Annotated[bool, typer.Option("--json", help="print summary.json instead of tables")] = False,
) -> None:
    """Measure the stages in one process and add them to a run as a cross-check; then report it.

    Needs pyperf, which `make setup` installs. About a minute. A run has them once: raw data is never edited.

    Example: authbench in-process latest
    """
    from authbench.cli.shared.verdict import show_verdict
    from authbench.contracts.failure import Failure
    from authbench.contracts.run_directory import IN_PROCESS, read_manifest, resolve_run, write_in_process
    from loadtests.harness.processes.scratch import one_measurement_at_a_time

    path = resolve_run(results, run)
    manifest = read_manifest(path)
    if not manifest.experiment.stages:
        raise Failure(f"{manifest.run_id} has no stages to check: run the experiment 'stages' first")
    if manifest.status != "complete":
        raise Failure(f"{manifest.run_id} is {manifest.status}, not complete: run its experiment again")
    if (path / IN_PROCESS).exists():
        print(f"{manifest.run_id} has them already", file=sys.stderr)
    else:
        try:
            from servers.benchmarks.in_process import measure
        except ModuleNotFoundError as error:
            raise Failure(f"{error.name} is not installed: run 'make setup'") from None
        cpus = manifest.placement.app if manifest.placement else [0]
        with one_measurement_at_a_time(lambda: print("waiting: a run is measuring here", file=sys.stderr)):
            write_in_process(path, measure(cpus))
    show_verdict(path, results, as_json=json)
