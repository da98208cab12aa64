"""The report of `authbench attack`: rows are attacks, columns are schemes, each cell has its evidence."""

import operator
from enum import StrEnum

from pydantic import Field

from authbench.contracts.card import Card
from authbench.contracts.records import Record
from authbench.contracts.security.report import SecurityReport


class AttackOutcome(StrEnum):
    """How far an attack came. The oracle is its effect in the application's own data, never a status."""

    BLOCKED = "blocked by browser"
    """The browser did not send it, or did not attach the credential that it would need."""
    UNAUTHENTICATED = "reached, unauthenticated"
    """It arrived, and carried nothing that the server could take for a credential."""
    REJECTED = "reached, rejected"
    """It arrived with what it had, and had no effect."""
    SUCCEEDED = "SUCCEEDED"
    """It had its effect: in part or under a condition, then the reason says which."""
    NOT_RUN = "not run"
    """Nothing was shown: the reason says why."""


def _empty(value: object) -> bool:
    """Left out of the file: reports have thousands of exchanges."""
    return value is None or value in ("", {}, [])


class Exchange(Record):
    """One request of an attack, and what came of it."""

    title: str = Field(description="what it is, in words: 'the same token after logout'")
    request: str = Field(description="'POST /orders'")
    headers: dict[str, str] = Field(
        default={}, exclude_if=_empty, description="as sent; credentials shortened"
    )
    body: str = Field(default="", exclude_if=_empty, description="excerpt")
    status: int = Field(description="0: no reply")
    reply_headers: dict[str, str] = Field(
        default={}, exclude_if=_empty, description="those that matter here; secrets shortened"
    )
    reply: str = Field(default="", exclude_if=_empty, description="excerpt of the body")
    effect: bool | None = Field(
        default=None,
        exclude_if=_empty,
        description="whether the database has its nonce under the victim's name; None: not asked",
    )
    store: list[str] = Field(
        default=[],
        exclude_if=_empty,
        description="what the server sent to its store meanwhile, in order; secrets shortened",
    )


class Figure(Record):
    """A number that belongs to a cell: an AUC, seconds, bytes, winners of a race."""

    name: str
    value: float
    low: float | None = Field(
        default=None, exclude_if=_empty, description="lower end of its 95 % interval; None: it has none"
    )
    high: float | None = None
    unit: str = ""


class Cell(Record):
    """What came of one attack on one scheme, or on its control."""

    row: str = Field(description="the attack's: 'E4'")
    scheme: str = Field(description="or the name of the vulnerable control")
    outcome: AttackOutcome
    reason: str = Field(
        description="one sentence: what it was that succeeded, what stopped it, or why not run"
    )
    evidence: list[Exchange] = Field(default_factory=list)
    figures: list[Figure] = Field(default_factory=list)
    worked_before: bool | None = Field(
        default=None, description="whether the legitimate credential had its effect before; None: not asked"
    )
    worked_after: bool | None = Field(
        default=None, description="and afterwards; None: it was ended meanwhile, or not asked"
    )
    denied_by_card: str | None = Field(
        default=None, description="the statement of the scheme's card that this outcome contradicts"
    )
    same_as: str | None = Field(
        default=None,
        exclude_if=_empty,
        description="not run: the scheme on which it was tried for both, so that its outcome counts here too",
    )
    nothing_there: bool = Field(
        default=False,
        exclude_if=operator.not_,
        description="not run: the scheme has nothing that this attack could act on",
    )


class Row(Record):
    """One attack against everything it was tried on."""

    id: str = Field(description="'E4'")
    group: str = Field(description="its letter: 'E'")
    name: str
    question: str = Field(description="what it asks, in plain words")
    sources: list[str] = Field(
        description="requirements that it proves: 'OWASP ASVS 5.0 7.4.1', 'RFC 8725 3.1'"
    )
    control: Cell | None = Field(description="the vulnerable control; None: it was not tried")
    cells: list[Cell]
    void: str | None = Field(
        default=None, description="why nothing follows from this row: its control did not turn red; else None"
    )


class AttackReport(SecurityReport):
    """Everything one `authbench attack` found."""

    schemes: list[str]
    cards: dict[str, Card] = Field(description="by scheme, under default settings")
    rows: list[Row]

    @property
    def void(self) -> list[Row]:
        """Rows from which nothing follows."""
        return [row for row in self.rows if row.void is not None]

    @property
    def denied(self) -> list[Cell]:
        """Cells in which a scheme does something that its card denies."""
        return [cell for row in self.rows for cell in row.cells if cell.denied_by_card is not None]
