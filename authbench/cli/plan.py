"""`authbench plan`: what each scheme of a run needs for a demand: cores, nodes, store, network, cost."""

from pathlib import Path
from typing import Annotated

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, At, DemandFile, Json, Results, Run


def plan(
    run: Run = "latest",
    at: At = None,
    demand: DemandFile = None,
    results: Results = DEFAULT_RESULTS,
    store_sizes: Annotated[
        Path | None,
        typer.Option(
            help="results folder with reports of authbench size-store; else your own, else the committed ones"
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Size application and store for a demand, with intervals, break-evens and what decides.

    Writes results/derived/<run-id>/plan.md. Without a demand it prints what one core carries. Exit 2 where
    the run does not carry a plan. 'latest' is the newest run that does.

    Example: authbench plan latest --demand docs/demand.example.toml
    """
    from analysis.capacity.document import print_plan, print_rules, render_plan
    from analysis.capacity.plan import costs_of, make_plan, rules_of
    from analysis.data.store_sizes import read_store_sizes
    from analysis.security.evidence import evidence_in
    from analysis.summary.so_what import NODE_BUSY
    from authbench.cli.shared.demand import read_demand
    from authbench.cli.shared.find_run import compares, find_run, summary_of
    from authbench.contracts.run_directory import make_folder, read_manifest, replace_file

    wanted = read_demand(demand, at)
    path = find_run(results, run, "that compares arms", compares)
    summary, manifest = summary_of(path, results), read_manifest(path)
    if wanted is None:
        rules = rules_of(costs_of(summary, manifest), NODE_BUSY)
        if json:
            typer.echo("[" + ",\n".join(rule.model_dump_json(indent=1) for rule in rules) + "]")
            return
        print_rules(summary, rules, NODE_BUSY)
        typer.echo("a plan: give --at REQUESTS_PER_SECOND, or --demand FILE as docs/demand.example.toml")
        return
    made = make_plan(summary, manifest, wanted, read_store_sizes(results, store_sizes))
    document = make_folder(results / "derived" / summary.run_id) / "plan.md"
    replace_file(document, render_plan(summary, wanted, made, evidence_in(results)))
    if json:
        typer.echo(made.model_dump_json(indent=1))
        return
    print_plan(wanted, made)
    typer.echo(f"the plan, with formulas and inputs: {document}")
