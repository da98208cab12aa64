"""The report of `make judges`: what tools of others say of our servers, beside what our own attacks say."""

from enum import StrEnum

from pydantic import Field

from authbench.contracts.records import Record
from authbench.contracts.security.attack import AttackOutcome
from authbench.contracts.security.report import SecurityReport


class Verdict(StrEnum):
    """What a judge says of one subject on one topic."""

    CLEAN = "no objection"
    OBJECTS = "OBJECTS"
    NOT_RUN = "not run"


class Agreement(StrEnum):
    """How a judge's word and our own attack's go together."""

    AGREE = "agree"
    DISAGREE = "DISAGREE"
    OPEN = "nothing to compare"
    """One of the two did not speak: the reason says which."""


class Objection(Record):
    """One thing that a judge holds against a server."""

    check: str = Field(description="the judge's own name for it")
    what: str = Field(description="one sentence, or the line of the judge's output")


class Opinion(Record):
    """What one judge says of one subject on one topic."""

    topic: str
    subject: str = Field(description="a scheme, or the vulnerable control")
    tried: int = Field(description="requests, vectors or questions on this topic that the judge counted")
    objections: list[Objection] = Field(default_factory=list)
    not_run: str | None = Field(default=None, description="why nothing was asked; else None")
    note: str = Field(default="", description="how it was asked, where that matters")

    @property
    def verdict(self) -> Verdict:
        if self.objections:
            return Verdict.OBJECTS
        return Verdict.CLEAN if self.tried and self.not_run is None else Verdict.NOT_RUN


class TopicReport(Record):
    """One topic of a judge: its control first, then every subject."""

    topic: str
    row: str | None = Field(description="the attack of ours that asks the same, 'G1'; None: there is none")
    question: str
    control: Opinion | None = Field(description="None: the judge was skipped")
    void: str | None = Field(
        default=None, description="why the topic counts for nothing: its control did not turn red; else None"
    )
    opinions: list[Opinion] = Field(default_factory=list)


class JudgeReport(Record):
    """One judge."""

    name: str
    home: str = Field(description="where it comes from")
    version: str | None = Field(description="None: it was skipped, or does not tell")
    skipped: str | None = Field(default=None, description="why it was not asked, in one line; else None")
    topics: list[TopicReport] = Field(default_factory=list)


class Comparison(Record):
    """One judge's word on one scheme, beside our own."""

    judge: str
    topic: str
    row: str | None
    scheme: str
    theirs: Verdict
    ours: AttackOutcome | None = Field(description="of the newest attack report; None: it has no such cell")
    agreement: Agreement
    reason: str
    void: bool = Field(
        default=False, description="the judge's control did not turn red: it counts for nothing"
    )


class JudgesReport(SecurityReport):
    """Everything one `make judges` found."""

    attack_run: str | None = Field(description="run id of the attack report it is compared with; None: none")
    judges: list[JudgeReport]
    comparisons: list[Comparison]

    @property
    def void(self) -> list[tuple[str, TopicReport]]:
        """Topics whose control did not turn red, with the judge's name."""
        return [(judge.name, topic) for judge in self.judges for topic in judge.topics if topic.void]

    @property
    def surprises(self) -> list[Comparison]:
        """What a judge objects to and no attack of ours has found, and every other disagreement."""
        return [
            each
            for each in self.comparisons
            if each.agreement is Agreement.DISAGREE
            or (each.theirs is Verdict.OBJECTS and each.agreement is Agreement.OPEN and not each.void)
        ]
