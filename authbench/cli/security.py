"""`authbench security`: attacks, revocation windows, failures and costs of all schemes as one page."""

from typing import Annotated

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, Json, Results
from authbench.contracts.failure import ExitCode

_REPORT = "a run id, the path of its report, or 'latest'"


def security(
    attack: Annotated[str, typer.Option(help=f"report of authbench attack: {_REPORT}")] = "latest",
    revocation: Annotated[str, typer.Option(help=f"report of authbench revoke: {_REPORT}")] = "latest",
    drill: Annotated[
        str, typer.Option(help="report of authbench drill; 'latest': the newest of each drill")
    ] = "latest",
    run: Annotated[
        str | None, typer.Option(help="a run that measured costs: its id, its path, or 'latest'")
    ] = None,
    results: Results = DEFAULT_RESULTS,
    json: Json = False,
) -> None:
    """Put what attack, revoke and drill have found into one page: results/security/security.html.

    Threat matrix with its evidence, sessions and tokens compared, revocation windows beside what a request
    costs, refresh policies, failures, and the requirements of OWASP, NIST and the RFCs with the outcome that
    shows each. Nothing is measured here.

    Exit 0: everything on the page can be used. 3: a server that is broken on purpose was not found, so part
    of it shows nothing. 5: a scheme does what its card denies.

    Example: authbench security --run latest
    """
    from analysis.security.evidence import find_evidence
    from analysis.security_page.page import render_security_page
    from analysis.security_page.terminal import as_json, print_security
    from analysis.summary.summarize import summarize_run
    from authbench.cli.shared.find_run import compares, find_run
    from authbench.contracts.run_directory import make_folder, replace_file
    from authbench.contracts.security.report import FOLDER

    evidence = find_evidence(results, attack, revocation, drill)
    summary = None
    if run is not None:
        summary = summarize_run(find_run(results, run, "that compares arms", compares), results).summary
    path = make_folder(results / FOLDER) / "security.html"
    replace_file(path, render_security_page(evidence, summary))
    path.chmod(0o600)  # as the reports: evidence quotes requests, and their credentials are only shortened
    if json:
        typer.echo(as_json(evidence, summary))
    else:
        print_security(evidence, path, summary)
    if evidence.denied:
        raise typer.Exit(ExitCode.VERIFICATION)
    if evidence.void:
        raise typer.Exit(ExitCode.INVALID)
