"""Ask every judge: first about its controls, then about the schemes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.records import describe_store
from authbench.contracts.security.attack import AttackReport
from authbench.contracts.security.judges import JudgeReport, JudgesReport, Opinion, TopicReport
from authbench.contracts.security.report import Kind, read_security_report, security_reports
from authbench.system.discovery import unknown
from judges.agreement import compare, void_reason
from judges.judge import Heard, Judge, Topic
from judges.outside import find_judges
from loadtests.attacks.run_attacks import Laboratory, open_laboratory
from loadtests.harness.processes.scratch import one_measurement_at_a_time
from loadtests.harness.security_header import begin_header, end_header

Say = Callable[[str], None]


@dataclass(frozen=True)
class JudgesRequest:
    """What the command line asks for."""

    names: Sequence[str]
    """Of judges; empty: all."""
    results: Path
    command: str
    say: Say


def choose_judges(names: Sequence[str]) -> list[Judge]:
    """The judges of these names, or all. Failure for a name that is none."""
    known = find_judges()
    for name in names:
        if name not in known:
            raise unknown("judge", name, known)
    return [judge() for name, judge in known.items() if not names or name in names]


def run_judges(request: JudgesRequest) -> JudgesReport:
    """Ask the judges, and compare with the newest attack report below `request.results`."""
    chosen = choose_judges(request.names)
    attacks = newest_attacks(request.results)
    header = begin_header(Kind.JUDGES, request.command)
    reports = {judge.name: _skipped(judge, reason) for judge in chosen if (reason := judge.missing())}
    for name, skipped in reports.items():
        request.say(f"{name}: skipped: {skipped.skipped}")
    store = None
    asked = [judge for judge in chosen if judge.name not in reports]
    if asked:
        with (
            one_measurement_at_a_time(lambda: request.say("waiting: a run is measuring here")),
            open_laboratory() as laboratory,
        ):
            for judge in asked:
                reports[judge.name] = ask(judge, laboratory, request.say)
            server = laboratory.store.server
            store = describe_store(server.name, server.version, server.allocator)
    judged = [reports[judge.name] for judge in chosen]
    return JudgesReport(
        header=end_header(header, store),
        attack_run=attacks.header.run_id if attacks else None,
        judges=judged,
        comparisons=compare(judged, attacks),
    )


def newest_attacks(results: Path) -> AttackReport | None:
    """The newest attack report; None if there is none."""
    paths = security_reports(results, Kind.ATTACK)
    return read_security_report(paths[-1], AttackReport) if paths else None


def _skipped(judge: Judge, reason: str) -> JudgeReport:
    topics = [
        TopicReport(topic=topic.name, row=topic.row, question=topic.question, control=None)
        for topic in judge.topics
    ]
    return JudgeReport(name=judge.name, home=judge.home, version=None, skipped=reason, topics=topics)


def ask(judge: Judge, laboratory: Laboratory, say: Say) -> JudgeReport:
    """Point one judge at its controls, then at its schemes."""
    heard: dict[tuple[str, str], Heard] = {}
    controls = dict.fromkeys(topic.control for topic in judge.topics)
    for control in controls:
        on = [topic for topic in judge.topics if topic.control == control]
        say(f"{judge.name}: the control {control}")
        heard |= _hear(judge, laboratory, control, on)
    found = {topic.name: _opinion(topic, topic.control, heard) for topic in judge.topics}
    # A listed scheme can be a control as well, on other topics.
    spoken: dict[tuple[str, str], Heard] = {}
    for subject in judge.subjects:
        say(f"{judge.name}: {subject}")
        spoken |= _hear(judge, laboratory, subject, judge.topics)
    topics = [
        TopicReport(
            topic=topic.name,
            row=topic.row,
            question=topic.question,
            control=found[topic.name],
            void=void_reason(found[topic.name]),
            opinions=[_opinion(topic, subject, spoken) for subject in judge.subjects],
        )
        for topic in judge.topics
    ]
    return JudgeReport(name=judge.name, home=judge.home, version=judge.version(), topics=topics)


def _hear(
    judge: Judge, laboratory: Laboratory, subject: str, topics: Sequence[Topic]
) -> dict[tuple[str, str], Heard]:
    """(topic, subject) -> what was said. A judge that fails has said nothing, for the reason it gives."""
    try:
        heard = dict(judge.hear(laboratory, subject, topics))
    except Failure as failure:
        if failure.exit_code is ExitCode.INTERRUPTED:
            raise
        heard = {topic.name: Heard(not_run=str(failure)) for topic in topics}
    return {(name, subject): each for name, each in heard.items()}


def _opinion(topic: Topic, subject: str, heard: dict[tuple[str, str], Heard]) -> Opinion:
    said = heard.get((topic.name, subject), Heard(not_run="the judge said nothing of it"))
    return Opinion(
        topic=topic.name,
        subject=subject,
        tried=said.tried,
        objections=said.objections,
        not_run=said.not_run,
        note=said.note,
    )
