"""What a reader of the page may ask of schemes, and what each answer means for each of them: JSON."""

from typing import Literal

from pydantic import Field

from authbench.contracts.records import Record


class Choice(Record):
    """One question with its possible answers; the first one says nothing."""

    key: str = Field(description="of the context: 'threats.xss_likely'")
    name: str = Field(description="unique in the page: the key, and the client where it is one")
    label: str
    answers: list[str] = Field(description="'no' and 'yes' for a box to tick")


class Group(Record):
    """Questions whose answers have a meaning only together.

    `reasons[i][j]`: numbers of the reasons for scheme j where the answers are combination i. The last
    question's answer changes fastest.
    """

    choices: list[Choice]
    reasons: list[list[list[int]]]


class GivenReason(Record):
    """Why a scheme is excluded, has a reservation, or meets what was asked."""

    effect: Literal["excludes", "reservation", "meets"]
    source: Literal["measured", "declared"]
    by: str
    words: str


class AdvisedScheme(Record):
    """A scheme that may remain."""

    scheme: str
    kind: str
    summary: str


class Choices(Record):
    """Rules by schemes, for every answer: the page looks up, and knows no rule."""

    schemes: list[AdvisedScheme]
    reports: list[str] = Field(description="run ids of the security reports used")
    groups: list[Group]
    reasons: list[GivenReason]
    sentences: dict[str, str]
