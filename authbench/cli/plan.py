"""`authbench plan`: how many cores and how much store each scheme of a run needs for a demand."""

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, At, DemandFile, Results, Run


def plan(
    run: Run = "latest", at: At = None, demand: DemandFile = None, results: Results = DEFAULT_RESULTS
) -> None:
    """Size application and store from the slope of a run that was measured at three rates or more.

    Writes results/derived/<run-id>/plan.md. Exit 2 where the run does not carry a plan. 'latest' is the
    newest run that does.

    Example: authbench plan latest --at 3000
    """
    from analysis.capacity.document import print_plan, render_plan
    from analysis.capacity.sizing import plan as size_all
    from analysis.security.evidence import evidence_in
    from analysis.summary.summarize import summarize_run
    from authbench.cli.shared.demand import wanted_demand
    from authbench.cli.shared.find_run import carries_plan, find_run
    from authbench.contracts.failure import Failure
    from authbench.contracts.run_directory import make_folder, replace_file

    wanted = wanted_demand(at, demand)
    if wanted is None:
        raise Failure(
            "nothing says what to plan for: give --at RPS, or --demand FILE as docs/demand.example.toml"
        )
    path = find_run(results, run, "that was measured at three rates", carries_plan)
    summary = summarize_run(path, results, wanted.site).summary
    sizings = size_all(summary, wanted)
    document = make_folder(results / "derived" / summary.run_id) / "plan.md"
    replace_file(document, render_plan(summary, wanted, sizings, evidence_in(results)))
    print_plan(summary, wanted, sizings)
    typer.echo(f"the plan: {document}")
