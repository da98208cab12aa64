"""V12, against the lie 'it authenticates': bad credentials refused, good ones recognised, all run long."""

from collections import Counter

from analysis.data.run import RunData
from analysis.validity.finding import Finding, slice_name
from authbench.contracts.records import Outcome, SliceRecord

_UNAVAILABLE = 503
_NOT_AS_PROMISED = {
    Outcome.REFUSED: "good credentials were refused",
    Outcome.WRONG_STATUS: "replies had an unexpected status",
    Outcome.WRONG_BODY: "replies had another body than the credential's own",
}


def check_canaries(record: SliceRecord) -> Finding | None:
    """Every canary of a slice was answered as the scheme promises, or 503. Void run where one was not.

    503 says that the store did not answer in time: nobody was let in, and nothing was proven.
    """
    for canary in record.canaries:
        if not canary.as_expected and canary.status != _UNAVAILABLE:
            return Finding(
                rule="V12",
                severity="void-run",
                subject=slice_name(record.generation, record.cycle, record.arm, record.attempt),
                number=canary.status,
                limit=canary.expected_status,
                unit="HTTP status",
                sentence=(
                    f"a request with credential '{canary.kind}' got status {canary.status} "
                    f"instead of {canary.expected_status}"
                ),
                next_action="do not measure a scheme that does not authenticate: run `authbench verify`",
            )
    return None


def check_replies(record: SliceRecord, outcomes: Counter[Outcome] | None) -> Finding | None:
    """Every reply to a good credential was the expected one, or 503. Void run where one was not.

    `outcomes` is None for a slice whose rows are not kept, such as a void one: there every reply must have
    been accepted.
    """
    if outcomes is None:
        wrong, what = record.completed - record.accepted, "replies were not the expected ones"
    else:
        kind = max(_NOT_AS_PROMISED, key=lambda outcome: outcomes[outcome])
        wrong, what = outcomes[kind], _NOT_AS_PROMISED[kind]
    if wrong <= 0:
        return None
    return Finding(
        rule="V12",
        severity="void-run",
        subject=slice_name(record.generation, record.cycle, record.arm, record.attempt),
        number=wrong,
        limit=0,
        unit="replies",
        sentence=f"{wrong} of {record.completed} {what}",
        next_action="run `authbench verify`; if it passes, look at the server under load",
    )


def check_run(run: RunData) -> list[Finding]:
    """Every slice, void ones included, and that bad credentials were tried at all. One finding per arm."""
    findings: dict[str, Finding] = {}
    tried: set[str] = set()
    outcomes: dict[tuple[int, int, str], Counter[Outcome]] = {}
    for rows_of in (run.rows, run.ladder_rows):
        for key, counts in rows_of.outcomes():
            outcomes.setdefault((key.generation, key.cycle, key.arm), Counter()).update(counts)
    for judged in run.records:
        record = judged.measured
        refused = [c for c in record.canaries if c.expected_status in (401, 403) and c.as_expected]
        tried |= {record.arm} if refused else set()
        rows = None if judged.void_because else outcomes.get((record.generation, record.cycle, record.arm))
        finding = check_canaries(record) or check_replies(record, rows)
        if finding:
            findings.setdefault(record.arm, finding)
    for arm, card in run.manifest.cards.items():
        if card.authenticates and arm not in tried:
            findings[arm] = Finding(
                rule="V12",
                severity="void-run",
                subject=arm,
                number=0,
                limit=1,
                unit="bad credentials refused",
                sentence="no bad credential was ever refused, so nothing shows that it authenticates",
                next_action="run again",
            )
    return list(findings.values())
