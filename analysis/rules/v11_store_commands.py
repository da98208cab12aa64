from collections import Counter
from collections.abc import Callable, Mapping

from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from authbench.contracts.card import Card, Operation
from authbench.contracts.records import SliceRecord


class StoreCommands(RunRule):
    """V11 voids a run with one store command more or less than the card says of the operations sent, or with
    an operation that the card does not offer.
    """

    code = "V11"
    lie = "it was a session, or a token"
    advice = "the scheme does not do what its name says: find the cache, or the extra call"
    correctness = True

    def check_run(self, run: RunData) -> Findings:
        """Every recorded slice of every arm, void ones too. The first offender of each arm is told.

        Of a service that is not ours no card says what is right.
        """
        if run.manifest.service:
            return
        cards = {
            arm.label: run.manifest.cards[arm.label].with_cache(arm.cache)
            for arm in run.manifest.experiment.arms
            if arm.label in run.manifest.cards
        }
        for arm in run.arms:
            if arm not in cards:
                sentence = "no card was recorded, so nothing says what the store should have been asked"
                yield self.finding("void-run", arm, sentence, advice="run again")
        offenders: set[str] = set()
        for judged in run.records:
            record = judged.measured
            if record.arm in cards and record.arm not in offenders:
                for finding in self.check(record, cards[record.arm]):
                    offenders.add(record.arm)
                    yield finding

    def check(self, record: SliceRecord, card: Card) -> Findings:
        """Store commands of one slice, by name, as integers with no tolerance. The first difference is told.

        Each accepted request costs exactly what the card says of its operation: one number, or what it costs
        at first and repeated; in an arm of hits or of misses always the one, so that the share of hits is
        known and not assumed. A request that was sent and not accepted may have reached the store before it
        failed, so between none and all of its commands are right.
        """
        sent = {operation: count for operation, count in record.sent_by_operation.items() if count}
        for operation, count in sent.items():
            if Operation(operation) not in card.store_commands:
                sentence = (
                    f"{count} {operation} requests were sent, and the card of {card.name} does not offer that"
                )
                yield self.finding("void-run", record, sentence, count, 0, unit=f"{operation} requests")
                return
        accepted = {operation: record.accepted_by_operation.get(operation, 0) for operation in sent}
        if record.probe:  # it reads, like the load
            sent[Operation.READ] = sent.get(Operation.READ, 0) + record.probe.sent
            accepted[Operation.READ] = accepted.get(Operation.READ, 0) + record.probe.accepted
        fewest = _sum(accepted, lambda operation: card.commands_between(operation)[0])
        greatest = _sum(sent, lambda operation: card.commands_between(operation)[1])
        for command in sorted({*greatest, *record.store_commands}):
            counted = record.store_commands.get(command, 0)
            limit = fewest[command] if counted < fewest[command] else greatest[command]
            if counted < fewest[command] or counted > greatest[command]:
                requests = ", ".join(f"{count} {name}" for name, count in accepted.items()) or "0 requests"
                sentence = (
                    f"the store got {counted} {command} for {requests} accepted; "
                    f"the card of {card.name} makes that {limit}"
                )
                yield self.finding("void-run", record, sentence, counted, limit, unit=f"{command} commands")
                return


def _sum(requests: Mapping[str, int], cost: Callable[[Operation], dict[str, int]]) -> Counter[str]:
    """Store commands, by name, of so many requests by operation."""
    commands: Counter[str] = Counter()
    for operation, count in requests.items():
        commands.update({name: each * count for name, each in cost(Operation(operation)).items()})
    return commands
