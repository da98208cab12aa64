"""V08, V27 and V28 together: what must have watched a run for its clocks and counts to be checked."""

from analysis.data.run import RunData
from analysis.validity.finding import Finding


def check_run(run: RunData) -> list[Finding]:
    """One tag for all that a run was not watched by: its rules say nothing, which is no praise.

    Runs from before there were such readings have none of them.
    """
    records = [judged.measured for judged in run.main if not judged.void_because]
    if not records:
        return []
    missing = {
        code: words
        for code, words, seen in (
            ("V08", "no second client checked the generator's times", "probe"),
            ("V27", "the server did not count the requests inside it", "server_in_flight_ns"),
            ("V28", "the processors' busy time was not read", "busy_ns"),
        )
        if all(getattr(record, seen) is None for record in records)
    }
    if not missing:
        return []
    return [
        Finding(
            rule="/".join(missing),
            severity="tag",
            subject="the run",
            sentence=f"{', '.join(missing.values())}: {', '.join(missing)} could not be judged",
            next_action="run again with this version",
        )
    ]
