"""Words of judges and of attacks, made by hand."""

from authbench.contracts.security.attack import AttackOutcome, AttackReport, Cell, Row
from authbench.contracts.security.judges import JudgeReport, JudgesReport, Objection, Opinion, TopicReport
from authbench.contracts.security.report import Kind, SecurityHeader
from judges.agreement import compare, void_reason
from loadtests.harness.security_header import begin_header

RED = [Objection(check="a check", what="it was accepted")]


def header(kind: Kind) -> SecurityHeader:
    return begin_header(kind, "make judges", seed=1)


def opinion(
    subject: str = "jwt-hs256", *, red: bool = False, tried: int = 5, not_run: str | None = None
) -> Opinion:
    return Opinion(topic="t", subject=subject, tried=tried, objections=RED if red else [], not_run=not_run)


def judged(*opinions: Opinion, row: str | None = "G1", control: Opinion | None = None) -> JudgeReport:
    control = control or opinion("control", red=True)
    topic = TopicReport(
        topic="t", row=row, question="q", control=control, void=void_reason(control), opinions=list(opinions)
    )
    return JudgeReport(name="a judge", home="h", version="1", topics=[topic])


def attacks(outcome: AttackOutcome, *, row: str = "G1", void: str | None = None) -> AttackReport:
    cell = Cell(row=row, scheme="jwt-hs256", outcome=outcome, reason="r")
    rows = [
        Row(id=row, group=row[0], name="n", question="q", sources=[], control=None, cells=[cell], void=void)
    ]
    return AttackReport(header=header(Kind.ATTACK), schemes=["jwt-hs256"], cards={}, rows=rows)


def report(judge: JudgeReport, ours: AttackReport | None = None) -> JudgesReport:
    return JudgesReport(
        header=header(Kind.JUDGES),
        attack_run=ours.header.run_id if ours else None,
        judges=[judge],
        comparisons=compare([judge], ours),
    )
