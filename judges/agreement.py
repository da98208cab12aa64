"""Pure functions: what follows from a control, and how a judge's word goes with our own attack's."""

from collections.abc import Sequence

from authbench.contracts.failure import ExitCode
from authbench.contracts.security.attack import AttackOutcome, AttackReport
from authbench.contracts.security.judges import (
    Agreement,
    Comparison,
    JudgeReport,
    JudgesReport,
    Opinion,
    TopicReport,
    Verdict,
)

_RESISTED = (AttackOutcome.BLOCKED, AttackOutcome.UNAUTHENTICATED, AttackOutcome.REJECTED)


def void_reason(control: Opinion | None) -> str | None:
    """Why a topic counts for nothing; None if its control turned red."""
    if control is None:
        return "no control was tried"
    match control.verdict:
        case Verdict.OBJECTS:
            return None
        case Verdict.NOT_RUN:
            return f"the control {control.subject} was not asked: {control.not_run or 'nothing was tried'}"
        case Verdict.CLEAN:
            return f"no objection to the control {control.subject}, which must have one"


def weigh(theirs: Verdict, ours: AttackOutcome | None) -> tuple[Agreement, str]:
    """Whether both say the same of a scheme, and in what words. `ours` None: no attack asked."""
    if theirs is Verdict.NOT_RUN:
        return Agreement.OPEN, "the judge did not ask"
    if ours is None:
        return Agreement.OPEN, "no attack of ours has asked"
    if ours is AttackOutcome.NOT_RUN:
        return Agreement.OPEN, "our attack was not run"
    resisted = ours in _RESISTED
    if theirs is Verdict.CLEAN:
        return (
            (Agreement.AGREE, "both find nothing")
            if resisted
            else (Agreement.DISAGREE, "our attack succeeded, the judge has no objection")
        )
    return (
        (Agreement.DISAGREE, "the judge objects, our attack did not succeed")
        if resisted
        else (Agreement.AGREE, "both object")
    )


def compare(judges: Sequence[JudgeReport], attacks: AttackReport | None) -> list[Comparison]:
    """Every word of a judge on a scheme beside ours. A topic or a row that is void has nothing to compare."""
    return [
        _compared(judge.name, topic, opinion, attacks)
        for judge in judges
        for topic in judge.topics
        for opinion in topic.opinions
    ]


def _compared(judge: str, topic: TopicReport, opinion: Opinion, attacks: AttackReport | None) -> Comparison:
    ours, missing = _our_word(topic.row, opinion.subject, attacks)
    agreement, reason = weigh(opinion.verdict, ours)
    if opinion.verdict is Verdict.NOT_RUN and opinion.not_run:
        reason = opinion.not_run
    elif ours is None and missing:
        reason = missing
    if topic.void:
        agreement, reason = Agreement.OPEN, f"counts for nothing: {topic.void}"
    return Comparison(
        judge=judge,
        topic=topic.topic,
        row=topic.row,
        scheme=opinion.subject,
        theirs=opinion.verdict,
        ours=ours,
        agreement=agreement,
        reason=reason,
        void=topic.void is not None,
    )


def _our_word(row: str | None, scheme: str, attacks: AttackReport | None) -> tuple[AttackOutcome | None, str]:
    """Our outcome, or None and why there is none."""
    if row is None:
        return None, "no attack of ours asks this"
    if attacks is None:
        return None, "there is no attack report: make one with authbench attack"
    found = next((each for each in attacks.rows if each.id == row), None)
    cell = next((each for each in found.cells if each.scheme == scheme), None) if found else None
    if found is None or cell is None:
        return None, f"the attack report has no {row} of {scheme}"
    if found.void:
        return None, f"our row {row} is void"
    return cell.outcome, ""


def exit_code(report: JudgesReport) -> ExitCode:
    """FOUND: a judge and our attacks do not see the same. INVALID: a judge saw nothing in its control."""
    if report.surprises:
        return ExitCode.FOUND
    return ExitCode.INVALID if report.void else ExitCode.DONE
