"""`authbench report`: rebuild a run's figures from its raw data and print the verdict."""

from authbench.cli.shared.options import DEFAULT_RESULTS, At, Json, Results, Run, Verbose


def report(
    run: Run = "latest",
    verbose: Verbose = False,
    at: At = None,
    results: Results = DEFAULT_RESULTS,
    json: Json = False,
) -> None:
    """Rebuild table, summary and page of a run from its raw data, and print its end on one screen.

    Exit 0: VALID. 3: INVALID, with the reasons; or raw data is missing or damaged, and the summary stays.

    Example: authbench report latest --verbose
    """
    from authbench.cli.shared.find_run import find_run, is_a_run
    from authbench.cli.shared.verdict import show_verdict

    show_verdict(find_run(results, run, carries=is_a_run), results, as_json=json, verbose=verbose, at=at)
