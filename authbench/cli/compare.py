"""`authbench compare`: did anything become more expensive between two runs?"""

import sys
from typing import Annotated, Literal

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, Json, Results
from authbench.contracts.failure import ExitCode, Failure


def compare(
    run_a: Annotated[str, typer.Argument(help="the baseline: a run id, the path of a run, or 'latest'")],
    run_b: Annotated[str, typer.Argument(help="what is held against it")],
    fail_on: Annotated[
        Literal["regression"] | None, typer.Option(help="end with exit code 4 where there is one")
    ] = None,
    threshold: Annotated[
        float, typer.Option(min=0, max=10, help="smallest ratio - 1 that counts, where the noise is smaller")
    ] = 0.05,
    force: Annotated[
        bool, typer.Option("--force", help="compare what V39 refuses; every table names why it would")
    ] = False,
    results: Results = DEFAULT_RESULTS,
    json: Json = False,
) -> None:
    """Hold run B against run A, arm by arm: cost, times, throughput, and whether their verdicts agree.

    Exit 0: compared. 2: the runs were not measured under the same conditions. 3: one of them is INVALID. 4: a
    regression, with --fail-on regression.

    Example: authbench compare results/reference/raw/20261126T020646Z-quick-18a61c latest
    """
    from analysis.rules.v39_same_conditions import SameConditions
    from analysis.run_comparison.against_baseline import against_baseline, unusable
    from analysis.run_comparison.terminal import print_comparison
    from analysis.summary.summarize import summarize_run
    from authbench.contracts.run_directory import resolve_run

    a, b = (summarize_run(resolve_run(results, run), results) for run in (run_a, run_b))
    invalid = unusable(a, b)
    differences = SameConditions().check(a.judged.data.manifest, b.judged.data.manifest)
    if not force and (invalid or differences):
        for reason in invalid:
            print(f"authbench: {reason}", file=sys.stderr)
        for finding in differences:
            print(f"authbench: {finding.rule}: {finding.subject}: {finding.sentence}", file=sys.stderr)
        raise Failure(
            "a run is INVALID: measure it again, or give --force to find the fault"
            if invalid
            else f"conditions differ ({len(differences)}), so a ratio would say nothing of the code: measure "
            "both under the same, or give --force",
            ExitCode.INVALID if invalid else ExitCode.USAGE,
        )
    compared = against_baseline(a, b, threshold)
    if json:
        typer.echo(compared.model_dump_json(indent=1))
    else:
        print_comparison(compared)
    if fail_on and (compared.regressions or compared.throughput_regressions):
        raise typer.Exit(ExitCode.GATE)
