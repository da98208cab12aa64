"""V11, against the lie 'it was a session' (or a token): the store was asked exactly what the card says."""

from analysis.dataset import RunData
from analysis.validity.finding import Finding, slice_name
from authbench.card import Card, Operation
from authbench.records import SliceRecord


def check(record: SliceRecord, card: Card, operation: Operation) -> Finding | None:
    """Store commands of one slice, by name, as integers with no tolerance. Void run where they differ.

    Each accepted request costs exactly the card's count, and any command the card does not name is one too
    many. Only a request that was sent and not accepted leaves room: it may have reached the store before it
    failed, so between none and all of its commands are right.
    """
    per_request = card.store_commands.get(operation, {})
    for command in sorted({*per_request, *record.store_commands}):
        each = per_request.get(command, 0)
        counted = record.store_commands.get(command, 0)
        least, most = each * record.accepted, each * record.sent
        if least <= counted <= most:
            continue
        limit = least if counted < least else most
        return Finding(
            rule="V11",
            severity="void-run",
            subject=slice_name(record.generation, record.cycle, record.arm, record.attempt),
            number=counted,
            limit=limit,
            unit=f"{command} commands",
            sentence=(
                f"the store got {counted} {command} for {record.accepted} accepted requests; "
                f"the card of {card.name} says {each} each, that is {limit}"
            ),
            next_action="the scheme does not do what its name says: find the cache, or the extra call",
        )
    return None


def check_run(run: RunData) -> list[Finding]:
    """Every recorded slice of every arm, void ones too. The first offender of each arm is told."""
    findings: dict[str, Finding] = {}
    operation = Operation(run.manifest.workload.operation)
    for arm in run.arms:
        if arm not in run.manifest.cards:
            findings[arm] = Finding(
                rule="V11",
                severity="void-run",
                subject=arm,
                sentence="no card was recorded, so nothing says what the store should have been asked",
                next_action="run again",
            )
    for judged in run.records:
        record = judged.measured
        card = run.manifest.cards.get(record.arm)
        if card is None or record.arm in findings:
            continue
        finding = check(record, card, operation)
        if finding:
            findings[record.arm] = finding
    return list(findings.values())
