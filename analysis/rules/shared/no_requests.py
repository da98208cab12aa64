"""V01, at its worst: a slice in which nothing was asked, or nothing answered, measured nothing."""

from analysis.data.run import RunData
from analysis.validity.finding import Finding, slice_name
from authbench.contracts.records import SliceRecord


def check(record: SliceRecord) -> Finding | None:
    """Users' requests were scheduled, and replies to some were read. Void slice where not.

    Without this its figures would be missing without a word: a quotient by zero requests is no number.
    """
    if record.scheduled and record.user_completed:
        return None
    if record.scheduled == 0:
        sentence = f"no request was due in {record.duration_s:g} s at {record.offered_rate_rps:g} requests/s"
        advice = "offer a higher rate, or measure longer slices"
    else:
        sentence = f"no user's request was answered, of {record.scheduled} requests that were scheduled"
        advice = "find why the server does not answer under load"
    return Finding(
        rule="V01",
        severity="void-slice",
        subject=slice_name(record.generation, record.cycle, record.arm, record.attempt),
        number=0,
        limit=1,
        unit="requests",
        sentence=sentence,
        next_action=advice,
    )


def check_run(run: RunData) -> list[Finding]:
    """Some slice of every arm counts. Void run where none does: its row would be empty without a word."""
    counted = {judged.measured.arm for judged in run.main if not judged.void_because}
    return [
        Finding(
            rule="V01",
            severity="void-run",
            subject=arm,
            number=0,
            limit=1,
            unit="valid slices",
            sentence="no slice of it counts: nothing is known of it",
            next_action="see in slices.jsonl which rules voided them",
        )
        for arm in run.arms
        if arm not in counted
    ]
