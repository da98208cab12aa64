"""Hold a decision record against a later run: what of it still holds."""

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from analysis.adr.evidence import DecisionEvidence, conditions_of, surroundings_of
from analysis.adr.statements import MEASURED, NOT_SHOWN, Statement, statements
from analysis.advice.advice import Advice
from analysis.capacity.plan_record import Plan
from analysis.records.summary import Summary
from analysis.validity.decimals import decimals
from analysis.validity.limits import RATE_DIFFERENCE
from authbench.contracts.records import Record
from authbench.words.counting import counted

Outcome = Literal["holds", "does not hold", "cannot be compared"]
OUTCOMES: tuple[Outcome, ...] = ("does not hold", "cannot be compared", "holds")
"""In the order in which they are told, and in which they decide: the first that there is is the record's."""


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


def check_record(
    record: DecisionEvidence, new: Summary, advice: Advice, plan: Plan | None = None
) -> RecordCheck:
    """Compare each statement with the new run, and with what the context leaves today.

    A measured statement cannot be compared where conditions differ; what is declared, and what remains, can.
    `plan`: of the new run for the record's demand; None: there is none.
    """
    differ = "; ".join(_differences(record, new))
    today = {(one.kind, one.about, one.what): one for one in statements(new, advice, plan)}
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
    counts = ", ".join(_counted(known.count(each), each) for each in reversed(OUTCOMES))
    told = {
        "holds": "The record holds",
        "does not hold": "The record is stale: re-open the decision",
        "cannot be compared": "The record cannot be judged by this run",
    }[outcome]
    return f"{told} (of {counted(len(known), 'statement')}: {counts})."


def _counted(number: int, outcome: Outcome) -> str:
    """'1 holds', '46 hold', '2 do not hold'."""
    several = {"holds": "hold", "does not hold": "do not hold"}
    return f"{number} {outcome if number == 1 else several.get(outcome, outcome)}"


def _differences(record: DecisionEvidence, new: Summary) -> Iterator[str]:
    """Conditions that differ, in words."""
    yield from _changes(record.conditions, conditions_of(new))
    then, now = record.offered_rps, new.rate.offered_rps if new.rate else None
    if then is None or now is None:
        if then != now:
            yield "the offered rate is known of one run only"
    elif max(then, now) / min(then, now) - 1 > RATE_DIFFERENCE.value:
        rates = (decimals(rate, grouped=False) for rate in (then, now))
        yield "offered rate: {} requests/s then, {} now".format(*rates)


def _changes(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in dict.fromkeys([*then, *now]):
        if then.get(name) != now.get(name):
            yield f"{name}: {then.get(name, 'none')} then, {now.get(name, 'none')} now"


def _check(then: Statement, now: Statement | None, differ: str) -> tuple[Outcome, str]:
    if then.kind in MEASURED and differ:
        return "cannot be compared", differ
    if now is None:
        return "cannot be compared", "the new run has no such figure"
    if then.kind in ("compared", "break-even"):
        return _compare_answers(then, now)
    same = not _apart(then, now) if then.kind == "planned" else then.says == now.says
    return ("holds" if same else "does not hold"), now.words


def _compare_answers(then: Statement, now: Statement) -> tuple[Outcome, str]:
    """Compare two verdicts on the same pair, or two break-evens.

    What was not shown then is only contradicted by an interval that is apart.
    """
    if then.says not in NOT_SHOWN and now.says in NOT_SHOWN:
        return "cannot be compared", f"the new run cannot tell: {now.words}"
    if then.says not in NOT_SHOWN and now.says != then.says:
        return "does not hold", now.words
    return ("does not hold" if _apart(then, now) else "holds"), now.words


def _apart(then: Statement, now: Statement) -> bool:
    """Whether two intervals are farther apart than what is not about the code may move them.

    An interval knows nothing of another day. Of a comparison the larger noise floor is what identical arms
    show. A figure of a plan rests on what a request costs, which depends on the rate, and two rates may
    differ by `RATE_DIFFERENCE`: no such figure is held more exactly than that.
    """
    bridged = max(then.noise_floor or 0, now.noise_floor or 0)
    if then.kind != "compared":
        bridged = max(bridged, RATE_DIFFERENCE.value)
    return _below(then, now, 1 + bridged) or _below(now, then, 1 + bridged)


def _below(one: Statement, other: Statement, factor: float) -> bool:
    """Whether the whole interval of one, stretched upwards by the factor, is below that of the other.

    A break-even at a negative value is none at all, as one at zero.
    """
    return (
        one.high is not None and other.low is not None and max(one.high, 0.0) * factor < max(other.low, 0.0)
    )
