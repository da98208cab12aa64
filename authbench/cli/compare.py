"""`authbench compare`: did anything become more expensive between two runs?"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, Json, Results
from authbench.contracts.failure import ExitCode, Failure

if TYPE_CHECKING:
    from analysis.summary.summarize import SummarizedRun
    from analysis.validity.finding import Finding
    from authbench.contracts.records import Manifest


def compare(
    run_a: Annotated[
        str,
        typer.Argument(
            help="the baseline: a run id, the path of a run, or 'previous': the one of the same experiment "
            "before run B"
        ),
    ] = "previous",
    run_b: Annotated[str, typer.Argument(help="what is held against it; 'latest' if not given")] = "latest",
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
    markdown: Annotated[
        bool, typer.Option("--markdown", help="print what fits into the comment of a pull request")
    ] = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="write validity rules and gates as test cases")
    ] = None,
) -> None:
    """Hold run B against run A, arm by arm: cost, times, throughput, and whether their verdicts agree.

    Exit 0: compared. 3: a run is INVALID. 4: a regression, with --fail-on regression. 7: the baseline is
    stale, measured under other conditions. 8: there is no baseline yet.

    Example, after two runs of one experiment: authbench compare previous latest --fail-on regression
    """
    from analysis.run_comparison.against_baseline import against_baseline
    from analysis.run_comparison.junit import as_junit, refusal_as_junit
    from analysis.run_comparison.markdown import as_markdown, refusal_as_markdown
    from analysis.run_comparison.terminal import print_comparison
    from analysis.summary.summarize import summarize_run
    from authbench.contracts.run_directory import replace_file

    reasons: list[str] = []
    try:
        a, b = (summarize_run(path, results) for path in _both(results, run_a, run_b))
        if not force:
            _refuse(a, b, reasons)
    except Failure as failure:
        for reason in reasons:
            print(f"authbench: {reason}", file=sys.stderr)
        if markdown:
            typer.echo(refusal_as_markdown(str(failure), reasons))
        if junit:
            replace_file(junit, refusal_as_junit(str(failure), reasons))
        raise
    compared = against_baseline(a, b, threshold)
    if junit:
        replace_file(junit, as_junit(compared, a.summary, b.summary))
    if json:
        typer.echo(compared.model_dump_json(indent=1))
    elif markdown:
        typer.echo(as_markdown(compared))
    else:
        print_comparison(compared)
    if fail_on and (compared.regressions or compared.throughput_regressions):
        raise typer.Exit(ExitCode.GATE)


def _refuse(a: "SummarizedRun", b: "SummarizedRun", reasons: list[str]) -> None:
    """Failure where two runs may not be compared; every reason is added to `reasons`."""
    from analysis.rules.v39_same_conditions import SameConditions
    from analysis.run_comparison.against_baseline import unusable

    reasons += unusable(a, b)
    if reasons:
        raise Failure(
            "a run is INVALID: measure it again, or give --force to find the fault", ExitCode.INVALID
        )
    differences = SameConditions().check(a.judged.data.manifest, b.judged.data.manifest)
    reasons += [f"{finding.rule}: {finding.subject}: {finding.sentence}" for finding in differences]
    if differences:
        raise Failure(
            f"stale baseline: conditions differ ({len(differences)}), so a ratio would say nothing of the "
            f"code: measure both under the same, or give --force{_same_rate(differences)}",
            ExitCode.NOT_COMPARABLE,
        )


def _both(results: Path, run_a: str, run_b: str) -> tuple[Path, Path]:
    """The directories of both runs. The latest is one of the baseline's experiment, and not the baseline."""
    from authbench.cli.shared.find_run import compares, earlier_run, find_run
    from authbench.contracts.run_directory import read_manifest

    if run_a == "previous":
        b = find_run(results, run_b, "that compares arms", compares)
        return earlier_run(results, b), b
    a = find_run(results, run_a, "that compares arms", compares)
    base = read_manifest(a)

    def fits(other: "Manifest") -> bool:
        return other.run_id != base.run_id and other.experiment.name == base.experiment.name

    return a, find_run(results, run_b, f"of {base.experiment.name} beside run A", fits)


def _same_rate(differences: "Sequence[Finding]") -> str:
    """How to get two runs at one rate, where that is what differs."""
    if all(finding.subject != "offered rate" for finding in differences):
        return ""
    return (
        ". For the same rate set rate_rps in a copy of the experiment's file and run both with it; otherwise "
        "a run keeps the rate of the run before it, in the same --results, while it is near"
    )
