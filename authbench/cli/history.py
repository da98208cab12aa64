"""`authbench history`: every run here with its answers side by side, in order of time."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, Json, Results
from authbench.contracts.failure import Failure

if TYPE_CHECKING:
    from analysis.run_history.trace import ReadRun


def history(
    experiment: Annotated[
        str | None, typer.Option(metavar="NAME", help="runs of this experiment only; all unless given")
    ] = None,
    last: Annotated[
        int | None, typer.Option(min=1, help="so many runs of each experiment, the newest; all unless given")
    ] = None,
    results: Results = DEFAULT_RESULTS,
    json: Json = False,
) -> None:
    """Show what every run here and every committed one answered, in order of time, and what changed between.

    Figures are those of each run's derived summary.json: nothing is measured, and nothing is computed from
    raw data. A run without a summary says so; authbench report makes it. Calibrations are left out.

    Example: authbench history --experiment quick --last 10
    """
    from analysis.run_history.terminal import print_history
    from analysis.run_history.trace import trace
    from authbench.contracts.toml_file import hint

    found = [*_read(results, experiment)]
    if not found:
        known = sorted({run.manifest.experiment.name for run in _read(results, None)}) if experiment else []
        if known:
            raise Failure(f"no run of {experiment!r} under {results}: {hint(str(experiment), known)}")
        print(f"no run under {results / 'raw'}: authbench run makes one")
        return
    traced = trace(found, last)
    if json:
        print(traced.model_dump_json(indent=1))
    else:
        print_history(traced)


def _read(results: Path, experiment: str | None) -> "Iterator[ReadRun]":
    """Runs of one's own and committed ones, with their summaries; those of one experiment, or all."""
    from analysis.run_history.trace import ReadRun
    from authbench.cli.shared.find_run import REFERENCE, derived_summary, is_a_run, runs_under

    for place in (results, results / REFERENCE):
        for run in runs_under(place / "raw"):
            if is_a_run(run.manifest) and experiment in (None, run.manifest.experiment.name):
                yield ReadRun(
                    path=run.path,
                    manifest=run.manifest,
                    summary=derived_summary(run.path, results),
                    committed=place.name == REFERENCE,
                )
