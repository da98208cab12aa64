"""The report in the terminal: who was asked, whether its control turned red, and where it agrees with us."""

from collections.abc import Iterator

from authbench.contracts.security.judges import (
    Agreement,
    Comparison,
    JudgeReport,
    JudgesReport,
    Opinion,
    TopicReport,
    Verdict,
)

_SHOWN = 3
"""Objections of one opinion that are printed; the report has them all."""


def lines(report: JudgesReport) -> list[str]:
    """Everything that is printed, without the path of the report."""
    told: list[str] = []
    for judge in report.judges:
        told += _judge(judge)
    told += ["", f"Beside our own attacks ({report.attack_run or 'no report of authbench attack'}):"]
    compared = [each for each in report.comparisons if each.row is not None and not each.void]
    shown = [each for each in compared if each.theirs is not Verdict.NOT_RUN] if report.attack_run else []
    told += [_comparison(each) for each in shown] or ["  nothing to compare"]
    counts = {word: sum(each.agreement is word for each in compared) for word in Agreement}
    skipped = sum(judge.skipped is not None for judge in report.judges)
    told += [
        "",
        f"{len(report.judges) - skipped} of {len(report.judges)} judges asked, "
        f"{len(report.void)} of their topics void; {counts[Agreement.AGREE]} agreements, "
        f"{counts[Agreement.DISAGREE]} disagreements, {len(report.surprises)} surprises.",
    ]
    for each in report.surprises:
        told.append(f"SURPRISE: {each.judge}, {each.topic}, {each.scheme}: {each.reason}")
    return told


def _judge(judge: JudgeReport) -> Iterator[str]:
    yield ""
    if judge.skipped is not None:
        yield f"{judge.name}: skipped: {judge.skipped}"
        return
    yield f"{judge.name} ({judge.version or judge.home})"
    for topic in judge.topics:
        yield from _topic(topic)


def _topic(topic: TopicReport) -> Iterator[str]:
    row = f" [{topic.row}]" if topic.row else ""
    yield f"  {topic.topic}{row}: {topic.question}"
    if topic.void is not None:
        yield f"    VOID: {topic.void}"
    elif topic.control is not None:
        yield f"    control {_word(topic.control)}"
    for opinion in topic.opinions:
        yield f"    {_word(opinion)}"
        for objection in opinion.objections[:_SHOWN]:
            yield f"      {objection.check}: {objection.what}"
        if len(opinion.objections) > _SHOWN:
            yield f"      and {len(opinion.objections) - _SHOWN} more"


def _word(opinion: Opinion) -> str:
    name = opinion.subject.rpartition(":")[2]
    note = f"; {opinion.note}" if opinion.note else ""
    if opinion.verdict is Verdict.NOT_RUN:
        return f"{name}: not run: {opinion.not_run or 'nothing was tried'}{note}"
    return f"{name}: {opinion.verdict} ({len(opinion.objections)} of {opinion.tried} tried{note})"


def _comparison(each: Comparison) -> str:
    ours = each.ours or "-"
    return (
        f"  {each.row:<4}{each.scheme:<20}{each.judge:<14}{each.theirs:<14}{ours:<26}"
        f"{each.agreement}: {each.reason}"
    )
