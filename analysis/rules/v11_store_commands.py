"""V11, against the lie 'it was a session' (or a token): the store was asked exactly what the card says."""

from collections import Counter
from collections.abc import Callable, Mapping

from analysis.data.run import RunData
from analysis.validity.finding import Finding, slice_name
from authbench.contracts.card import Card, Operation
from authbench.contracts.records import SliceRecord


def least(card: Card, requests: Mapping[str, int]) -> Counter[str]:
    """The fewest store commands, by name, of so many requests by operation. KeyError: not offered."""
    return _sum(requests, lambda operation: card.commands_between(operation)[0])


def most(card: Card, requests: Mapping[str, int]) -> Counter[str]:
    """The most of them."""
    return _sum(requests, lambda operation: card.commands_between(operation)[1])


def _sum(requests: Mapping[str, int], cost: Callable[[Operation], dict[str, int]]) -> Counter[str]:
    commands: Counter[str] = Counter()
    for operation, count in requests.items():
        for command, each in cost(Operation(operation)).items():
            commands[command] += each * count
    return commands


def check(record: SliceRecord, card: Card) -> Finding | None:
    """Store commands of one slice, by name, as integers with no tolerance. Void run where they differ.

    Each accepted request costs exactly what the card says of its operation: one number, or what it costs at
    first and repeated. Any command the card does not name is one too many. Only a request that was sent and
    not accepted leaves room: it may have reached the store before it failed, so between none and all of its
    commands are right.
    """
    for operation, count in record.sent_by_operation.items():
        if count and Operation(operation) not in card.store_commands:
            return _void(
                record,
                count,
                0,
                f"{operation} requests",
                f"{count} {operation} requests were sent, and the card of {card.name} does not offer that",
            )
    sent = {operation: count for operation, count in record.sent_by_operation.items() if count}
    accepted = {operation: record.accepted_by_operation.get(operation, 0) for operation in sent}
    if record.probe:  # it reads, like the load
        sent[Operation.READ] = sent.get(Operation.READ, 0) + record.probe.sent
        accepted[Operation.READ] = accepted.get(Operation.READ, 0) + record.probe.accepted
    fewest, greatest = least(card, accepted), most(card, sent)
    for command in sorted({*greatest, *record.store_commands}):
        counted = record.store_commands.get(command, 0)
        if fewest[command] <= counted <= greatest[command]:
            continue
        limit = fewest[command] if counted < fewest[command] else greatest[command]
        return _void(
            record,
            counted,
            limit,
            f"{command} commands",
            f"the store got {counted} {command} for {_counts(accepted)} accepted; "
            f"the card of {card.name} makes that {limit}",
        )
    return None


def _counts(accepted: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {operation}" for operation, count in accepted.items()) or "0 requests"


def _void(record: SliceRecord, number: int, limit: int, unit: str, sentence: str) -> Finding:
    return Finding(
        rule="V11",
        severity="void-run",
        subject=slice_name(record.generation, record.cycle, record.arm, record.attempt),
        number=number,
        limit=limit,
        unit=unit,
        sentence=sentence,
        next_action="the scheme does not do what its name says: find the cache, or the extra call",
    )


def check_run(run: RunData) -> list[Finding]:
    """Every recorded slice of every arm, void ones too. The first offender of each arm is told."""
    findings: dict[str, Finding] = {}
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
        finding = check(record, card)
        if finding:
            findings[record.arm] = finding
    return list(findings.values())
