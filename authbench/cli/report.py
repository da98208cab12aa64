"""`authbench report`: rebuild a run's figures from its raw data and print the verdict."""

from authbench.cli.shared.options import DEFAULT_RESULTS, Json, Results, Run


def report(run: Run = "latest", results: Results = DEFAULT_RESULTS, json: Json = False) -> None:
    """Rebuild table, summary and page of a run from its raw data.

    Exit 0: VALID. 3: INVALID, with the reasons.

    Example: authbench report latest
    """
    from authbench.cli.shared.verdict import show_verdict
    from authbench.contracts.run_directory import resolve_run

    show_verdict(resolve_run(results, run), results, as_json=json)
