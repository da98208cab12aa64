"""What a record says for and against each option: from the run, the context and the scheme's card."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.advice.advice import SchemeAdvice
from analysis.records.summary import ArmSummary, Comparison, Summary
from analysis.report.sentences import METRIC_WORDS, difference, verdict_words
from analysis.security.comparison import drills_of, measured_of, read_commands
from analysis.security.evidence import Evidence
from analysis.security.kinds import EXAMPLES, kind_of
from analysis.security.windows import seconds
from authbench.contracts.card import Card, Operation, StoreEmptied


@dataclass(frozen=True)
class Option:
    """What a record says of one of its options."""

    name: str
    card: Card
    advice: SchemeAdvice
    arm: ArmSummary | None
    """None: this run did not measure it."""
    measured: Mapping[str, str]
    drills: Sequence[str]
    compared: Sequence[Comparison]
    """With other arms, in the primary metric."""
    good: Sequence[str]
    bad: Sequence[str]
    """What excludes it, reservations, what its card admits, what it costs more than another option."""

    @property
    def against(self) -> str:
        """The strongest arguments against it, two at most: `bad` has the strongest first."""
        return "; ".join(self.bad[:2]) or "nothing that was measured or declared speaks against it"


def option_names(summary: Summary, cards: Mapping[str, Card], wanted: Sequence[str]) -> list[str]:
    """Arms of the run, then schemes that are wanted, or else the plainest of each kind that is missing.

    So hybrids stand beside what was measured: nobody should decide between two because two were measured.
    """
    names = [arm.arm for arm in summary.arms if arm.role == "arm" and arm.arm in cards]
    kinds = {kind_of(cards[name]) for name in names}
    others = wanted or [name for name in EXAMPLES if name in cards and kind_of(cards[name]) not in kinds]
    return list(dict.fromkeys([*names, *others]))


def options(
    summary: Summary, cards: Mapping[str, Card], advice: Sequence[SchemeAdvice], evidence: Evidence | None
) -> list[Option]:
    """Put together what is known of each scheme that was advised on."""
    arms = {arm.arm: arm for arm in summary.arms if arm.role == "arm"}
    found = []
    for one in advice:
        arm, card = arms.get(one.scheme), cards[one.scheme]
        all_compared = [c for c in summary.comparisons if _shows(c, one.scheme)]
        verdicts = list(_verdicts(one.scheme, all_compared, summary))
        met = [reason.sentence for reason in one.of("meets")]
        against = [reason.sentence for effect in ("excludes", "reservation") for reason in one.of(effect)]
        found.append(
            Option(
                name=one.scheme,
                card=card,
                advice=one,
                arm=arm,
                measured=measured_of(evidence, card.name),
                drills=drills_of(evidence, card.name),
                compared=[c for c in all_compared if c.metric == summary.primary_metric],
                good=[*met, *_good(one, card), *(words for better, words in verdicts if better)],
                bad=[*against, *_bad(one, card), *(words for better, words in verdicts if not better)],
            )
        )
    return found


def _shows(c: Comparison, arm: str) -> bool:
    return c.ratio is not None and c.refused_because is None and arm in (c.a, c.b)


def judged_metrics(summary: Summary) -> tuple[str, ...]:
    """What a record compares options in: one figure for each of cost, latency and throughput."""
    return (summary.primary_metric, "service_p50_ms", "throughput_rps")


def compared_options(summary: Summary) -> set[str]:
    """The arms that are options: to cost more than the control, or than a lean copy, is no argument."""
    return {arm.arm for arm in summary.arms if arm.role == "arm" and arm.authenticates}


def _verdicts(arm: str, compared: Sequence[Comparison], summary: Summary) -> Iterator[tuple[bool, str]]:
    """(speaks for the arm, in words) for each shown difference to another option."""
    options_here, metrics = compared_options(summary), judged_metrics(summary)
    for c in compared:
        shown = c.verdict in ("slower", "faster") and c.metric in metrics
        if shown and {c.a, c.b} <= options_here:
            what = METRIC_WORDS[c.metric]
            said = verdict_words(c, summary.margin)
            verb = "is " if said.endswith(("slower", "faster")) else ""
            words = f"{what}: {c.a} {verb}{said} than {c.b} ({difference(c)}; measured)"
            yield (c.verdict == "faster") == (c.a == arm), words


def _asked(one: SchemeAdvice, *keys: str) -> bool:
    """Whether one of these requirements has said so already."""
    return any(reason.asked.rpartition(".")[2] in keys for reason in one.reasons)


def _good(one: SchemeAdvice, card: Card) -> Iterator[str]:
    if card.logout_ends_credential and not card.revocation_window_s and not _asked(one, "max_revocation_s"):
        yield "a logout ends it at once, everywhere (declared)"
    if not any(card.store_commands.get(Operation.READ, {}).values()) and card.store != "memory":
        yield "a read asks no store (declared)"


def _bad(one: SchemeAdvice, card: Card) -> Iterator[str]:
    if card.revocation_window_s and not _asked(one, "max_revocation_s"):
        yield f"a credential works for up to {seconds(card.revocation_window_s)} after its logout (declared)"
    if any(card.store_commands.get(Operation.READ, {}).values()):
        yield f"each read depends on the store; its commands there: {read_commands(card)} (declared)"
    if card.store_emptied is StoreEmptied.REVOKED_WORK_AGAIN and not _asked(one, "max_revocation_s"):
        yield "a store that loses what it knew makes revoked credentials work again (declared)"
    elif card.store_emptied is StoreEmptied.LOGGED_OUT:
        yield "a store that loses what it knew logs everybody out (declared)"
