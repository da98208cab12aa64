"""Who is asked what, in which order; a judge that fails has said nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import pytest

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.security.attack import AttackReport
from authbench.contracts.security.judges import Objection, Verdict
from authbench.contracts.security.report import Kind, write_security_report
from judges.judge import Heard, Judge, Topic
from judges.outside import find_judges
from judges.run_judges import JudgesRequest, ask, choose_judges, newest_attacks, run_judges
from loadtests.attacks.run_attacks import Laboratory
from loadtests.harness.security_header import begin_header

RED = Heard(tried=1, objections=[Objection(check="c", what="w")])
GREEN = Heard(tried=1)


class _Judge(Judge):
    """Says what it is told to say of each subject."""

    home = "here"
    subjects = ("good", "worse")
    topics = (
        Topic("first", "?", "broken", "G1"),
        Topic("second", "?", "other"),
        Topic("third", "?", "broken"),
    )

    def __init__(self, said: Mapping[str, Mapping[str, Heard] | Failure]) -> None:
        self._said = said
        self.asked: list[tuple[str, list[str]]] = []

    def missing(self) -> str | None:
        return None

    def version(self) -> str | None:
        return "1"

    def hear(self, laboratory: Laboratory, subject: str, topics: Sequence[Topic]) -> Mapping[str, Heard]:
        self.asked.append((subject, [topic.name for topic in topics]))
        said = self._said.get(subject, {})
        if isinstance(said, Failure):
            raise said
        return said


class Named(_Judge):
    name = "a judge"


def _ask(
    said: Mapping[str, Mapping[str, Heard] | Failure],
) -> tuple[Named, dict[str, list[Verdict]], list[str | None]]:
    judge = Named(said)
    report = ask(judge, cast(Laboratory, None), lambda _: None)
    words = {topic.topic: [each.verdict for each in topic.opinions] for topic in report.topics}
    return judge, words, [topic.void for topic in report.topics]


def test_controls_come_first_each_with_its_topics() -> None:
    judge, _, _ = _ask({})
    every = ["first", "second", "third"]
    assert judge.asked == [
        ("broken", ["first", "third"]),
        ("other", ["second"]),
        ("good", every),
        ("worse", every),
    ]


def test_each_topic_is_judged_by_its_own_control() -> None:
    _, words, void = _ask(
        {
            "broken": {"first": RED, "third": GREEN},
            "other": {"second": RED},
            "good": {"first": GREEN, "second": GREEN, "third": GREEN},
            "worse": {"first": RED, "second": GREEN},
        }
    )
    assert words["first"] == [Verdict.CLEAN, Verdict.OBJECTS]
    assert words["third"] == [Verdict.CLEAN, Verdict.NOT_RUN]
    assert void == [None, None, "no objection to the control broken, which must have one"]


def test_a_judge_that_fails_has_said_nothing_and_why() -> None:
    judge, words, void = _ask(
        {"broken": Failure("it died", ExitCode.INVALID), "other": {"second": RED}, "good": Failure("it died")}
    )
    assert words["second"] == [Verdict.NOT_RUN, Verdict.NOT_RUN]
    assert void[0] == "the control broken was not asked: it died"
    assert len(judge.asked) == 4


def test_an_interruption_ends_everything() -> None:
    with pytest.raises(Failure, match="interrupted"):
        _ask({"broken": Failure("interrupted", ExitCode.INTERRUPTED)})


def test_every_judge_names_a_control_and_a_question_for_each_topic() -> None:
    known = find_judges()
    assert set(known) >= {"jwt_tool", "oauth4webapi", "schemathesis", "sslyze", "wycheproof"}
    for judge in known.values():
        assert judge.subjects
        assert judge.home.startswith("https://")
        names = [topic.name for topic in judge.topics]
        assert len(set(names)) == len(names) > 0
        for topic in judge.topics:
            assert topic.question.endswith("?")
            assert topic.control not in judge.subjects


def test_judges_are_chosen_by_name() -> None:
    assert [judge.name for judge in choose_judges(["sslyze"])] == ["sslyze"]
    assert len(choose_judges([])) == len(find_judges())
    with pytest.raises(Failure, match=r"unknown judge 'sslize': .*sslyze"):
        choose_judges(["sslize"])


def test_who_is_not_installed_is_skipped_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WYCHEPROOF", "JWT_TOOL"):
        monkeypatch.delenv(name, raising=False)
    told: list[str] = []
    report = run_judges(JudgesRequest(["wycheproof", "jwt_tool"], tmp_path, "make judges", told.append))
    assert report.header.kind is Kind.JUDGES
    assert [judge.name for judge in report.judges] == ["jwt_tool", "wycheproof"]
    for judge in report.judges:
        assert judge.skipped is not None
        assert judge.skipped.startswith("give its folder: make judges ")
        assert f"{judge.name}: skipped: {judge.skipped}" in told
    assert not report.void
    assert not report.surprises


def test_the_newest_attack_report_is_taken(tmp_path: Path) -> None:
    assert newest_attacks(tmp_path) is None
    for run_id in ("20260102T000000Z-attack-1", "20260101T000000Z-attack-2"):
        header = begin_header(Kind.ATTACK, "c", seed=1).model_copy(update={"run_id": run_id})
        write_security_report(tmp_path, AttackReport(header=header, schemes=[], cards={}, rows=[]))
    found = newest_attacks(tmp_path)
    assert found is not None
    assert found.header.run_id == "20260102T000000Z-attack-1"
