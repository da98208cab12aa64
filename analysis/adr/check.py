"""Hold a decision record against a later run: what of it still holds."""

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from analysis.adr.evidence import (
    DecisionEvidence,
    Statement,
    conditions_of,
    statements,
    surroundings_of,
)
from analysis.advice.advice import Advice
from analysis.records.summary import Summary
from analysis.validity.limits import RATE_DIFFERENCE
from authbench.contracts.records import Record

Outcome = Literal["holds", "does not hold", "cannot be compared"]
OUTCOMES: tuple[Outcome, ...] = ("does not hold", "cannot be compared", "holds")
"""In the order in which they are told, and in which they decide: the first that there is is the record's."""
_SHOWN = ("slower", "faster", "equivalent")


class CheckedStatement(Record):
    """A statement of the record beside what the new run says."""

    words: str = Field(description="as the record has it")
    outcome: Outcome
    because: str


class RecordCheck(Record):
    """A whole record beside a new run: `authbench adr check --json` prints it."""

    run_id: str = Field(description="of the record")
    new_run_id: str
    outcome: Outcome
    statements: list[CheckedStatement]
    changed: list[str] = Field(description="versions and other surroundings that are no longer the same")
    sentence: str


def check_record(record: DecisionEvidence, new: Summary, advice: Advice) -> RecordCheck:
    """Compare each statement with the new run, and with what the context leaves today.

    A measured statement cannot be compared where conditions differ; what is declared, and what remains, can.
    """
    differ = "; ".join(_differences(record, new))
    today = {(one.kind, one.about, one.what): one for one in statements(new, advice)}
    checked = [
        CheckedStatement(words=one.words, outcome=outcome, because=because)
        for one in record.statements
        for outcome, because in [_check(one, today.get((one.kind, one.about, one.what)), differ)]
    ]
    known = [one.outcome for one in checked]
    outcome: Outcome = next((each for each in OUTCOMES if each in known), "cannot be compared")
    return RecordCheck(
        run_id=record.run_id,
        new_run_id=new.run_id,
        outcome=outcome,
        statements=sorted(checked, key=lambda one: OUTCOMES.index(one.outcome)),
        changed=list(_changes(record.surroundings, surroundings_of(new))),
        sentence=_sentence(outcome, known),
    )


def _sentence(outcome: Outcome, known: list[Outcome]) -> str:
    counts = ", ".join(f"{known.count(each)} {each}" for each in reversed(OUTCOMES))
    told = {
        "holds": "The record holds",
        "does not hold": "The record is stale: re-open the decision",
        "cannot be compared": "The record cannot be judged by this run",
    }[outcome]
    return f"{told} (of {len(known)} statements: {counts})."


def _differences(record: DecisionEvidence, new: Summary) -> Iterator[str]:
    """Conditions that differ, in words."""
    yield from _changes(record.conditions, conditions_of(new))
    then, now = record.offered_rps, new.rate.offered_rps if new.rate else None
    if then is None or now is None:
        if then != now:
            yield "the offered rate is known of one run only"
    elif max(then, now) / min(then, now) - 1 > RATE_DIFFERENCE.value:
        yield f"offered rate: {then:.0f} requests/s then, {now:.0f} now"


def _changes(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in dict.fromkeys([*then, *now]):
        if then.get(name) != now.get(name):
            yield f"{name}: {then.get(name, 'none')} then, {now.get(name, 'none')} now"


def _check(then: Statement, now: Statement | None, differ: str) -> tuple[Outcome, str]:
    measured = then.kind in ("compared", "counted")
    if measured and differ:
        return "cannot be compared", differ
    if now is None:
        return "cannot be compared", "the new run has no such figure"
    if then.kind == "compared":
        return _compare(then, now)
    same = then.says == now.says
    return ("holds" if same else "does not hold"), now.words


def _compare(then: Statement, now: Statement) -> tuple[Outcome, str]:
    """Two verdicts on the same pair. Intervals are apart where the larger noise floor does not bridge them.

    An interval knows nothing of another day; the noise floor is what identical arms show. What was not shown
    then is only contradicted by an interval that is apart.
    """
    if then.says in _SHOWN and now.says not in _SHOWN:
        return "cannot be compared", f"the new run cannot tell: {now.words}"
    if then.says in _SHOWN and now.says != then.says:
        return "does not hold", now.words
    floor = 1 + max(then.noise_floor or 0, now.noise_floor or 0)
    below = now.high is not None and then.low is not None and now.high * floor < then.low
    above = then.high is not None and now.low is not None and now.low > then.high * floor
    return ("does not hold" if below or above else "holds"), now.words
