"""`authbench calibrate`: the harness measured by itself on this machine."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, Json, Results, Seed
from authbench.contracts.failure import ExitCode

if TYPE_CHECKING:
    from authbench.cli.shared.progress import BarProgress, LineProgress


def calibrate(
    experiment: Annotated[
        str, typer.Argument(help="calibrate, or the path of a TOML file with planted arms")
    ] = "calibrate",
    results: Results = DEFAULT_RESULTS,
    seed: Seed = None,
    run: Annotated[
        str | None, typer.Option(help="judge this calibration again from its raw data, measure nothing")
    ] = None,
    json: Json = False,
) -> None:
    """Find effects of known size again, and none between identical arms: under five minutes on two cores.

    The result is kept for this machine in results/calibration and told by every report of it. Exit 0: all
    found. 3: the run is INVALID, and nothing is stored. 6: a planted effect was not found, or identical arms
    were told apart; that is stored too.

    Example: authbench calibrate
    """
    from analysis.calibration.judge import judge_calibration
    from analysis.data.stored_calibration import store_calibration
    from analysis.report.calibration import print_calibration
    from analysis.report.sentences import headline
    from analysis.summary.summarize import summarize_run
    from authbench.cli.shared.find_run import find_run
    from authbench.cli.shared.verdict import say
    from authbench.contracts.calibration import read_readings

    path = find_run(results, run) if run else _measure(experiment, results, seed)
    readings = read_readings(path)
    say("judging every slice")
    judged, summary = summarize_run(path, results)
    if summary.status == "INVALID":
        again = f"nothing was stored; authbench report {summary.run_id} shows the run; then calibrate again"
        print(*headline(summary), again, sep="\n", file=sys.stderr)
        raise typer.Exit(ExitCode.INVALID)
    found = judge_calibration(judged.data, readings)
    stored = store_calibration(results, found)
    if json:
        typer.echo(found.model_dump_json(indent=1))
    else:
        print_calibration(found, stored)
    if not found.passed:
        raise typer.Exit(ExitCode.FOUND)


def _measure(name: str, results: Path, seed: int | None) -> Path:
    """Execute an ordinary run, and then measure the generator by itself; the run's directory."""
    from authbench.cli.shared.measure import measure, new_run
    from authbench.contracts.calibration import write_readings
    from authbench.contracts.failure import Failure
    from authbench.contracts.run_directory import read_manifest
    from loadtests.harness.null_target import measure_generator_alone

    start = new_run(name, seed, "make calibrate" if name == "calibrate" else f"authbench calibrate {name}")
    chosen = start.manifest.experiment
    if not any(arm.planted_cpu_us or arm.planted_delay_ms for arm in chosen.arms):
        raise Failure(f"{chosen.name}: no arm has planted_cpu_us or planted_delay_ms: it calibrates nothing")

    def measure_generator(path: Path, shown: "BarProgress | LineProgress") -> None:
        rate = read_manifest(path).rate
        assert rate is not None  # noqa: S101 - a complete run has one
        shown.phase("the generator alone: floor and ceiling against a server that does nothing")
        write_readings(path, measure_generator_alone(rate.offered_rps, start.manifest.seed, shown.phase))

    return measure(start, results, afterwards=measure_generator)
