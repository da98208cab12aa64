"""Build the threat matrix from an attack report: rows attacks by group, columns schemes by kind."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.security.kinds import SchemeKind, by_kind
from authbench.contracts.security.attack import AttackOutcome, AttackReport, Cell, Exchange, Figure, Row

GROUPS: Mapping[str, str] = {
    "A": "Credential and its transport",
    "B": "Cross-site requests",
    "C": "Script in the page (XSS)",
    "D": "Fixation",
    "E": "Logout and revocation",
    "F": "Lifetimes",
    "G": "Forged tokens",
    "H": "Refresh tokens",
    "I": "Stolen store, stolen keys",
    "J": "Guessing and timing",
    "K": "Chance in identifiers",
    "L": "Tokens bound to a key",
}
_SECRET = re.compile(r"\S*\.\.\.\(\d+\)|\b[0-9a-f]{8,}\b")
"""What differs from person to person in evidence that shows the same: shortened credentials, drawn names."""


@dataclass(frozen=True)
class MatrixRow:
    """One attack: its outcome on each scheme and on its vulnerable control."""

    row: Row
    cells: dict[str, Cell]
    """By scheme; one that nobody tried is missing."""
    control: str
    """What became of the server that is broken on purpose, in words."""
    shown: tuple["SharedEvidence", ...]
    """Every cell is in one of these, the control's first."""

    @property
    def fell(self) -> bool:
        """Whether the broken server turned red, as it must."""
        return self.row.control is not None and self.row.control.outcome is AttackOutcome.SUCCEEDED


@dataclass(frozen=True)
class SharedEvidence:
    """Evidence that is the same for several schemes: who they are, and one of them in full."""

    cell: Cell
    schemes: tuple[str, ...]
    figures: tuple[tuple[str, tuple[Figure, ...]], ...]
    """By scheme: figures differ where nothing else does."""
    is_control: bool = False


@dataclass(frozen=True)
class Matrix:
    """The threat matrix: a row for each attack, a column for each scheme."""

    columns: dict[SchemeKind, list[str]]
    groups: dict[str, list[MatrixRow]]
    """By what a group is about, in words."""

    @property
    def schemes(self) -> list[str]:
        return [name for names in self.columns.values() for name in names]

    @property
    def rows(self) -> list[MatrixRow]:
        return [row for rows in self.groups.values() for row in rows]


def threat_matrix(report: AttackReport) -> Matrix:
    """Sort rows by group and number, columns by kind; the control `none` has no column."""
    columns = by_kind(report.cards, report.schemes)
    known = {name for names in columns.values() for name in names}
    unsorted = [name for name in report.schemes if name not in known and name not in report.cards]
    if unsorted:  # a report without cards: they stand under the first kind that has room for anything
        columns.setdefault(SchemeKind.SESSION, []).extend(unsorted)
    names = {name for members in columns.values() for name in members}
    groups: dict[str, list[MatrixRow]] = {}
    for row in sorted(report.rows, key=lambda row: row_order(row.id)):
        title = GROUPS.get(row.group, f"Group {row.group}")
        groups.setdefault(title, []).append(_matrix_row(row, names))
    return Matrix(columns, groups)


def row_order(identifier: str) -> tuple[str, int]:
    """A key that sorts 'E2' before 'E10'."""
    return identifier[:1], int(re.sub(r"\D", "", identifier) or 0)


def _matrix_row(row: Row, schemes: set[str]) -> MatrixRow:
    cells = {cell.scheme: cell for cell in row.cells if cell.scheme in schemes}
    shown = shared_evidence(list(cells.values()))
    if row.control is not None:
        own = SharedEvidence(row.control, (row.control.scheme,), _figures([row.control]), is_control=True)
        shown = (own, *shown)
    return MatrixRow(row, cells, _control_words(row), shown)


def _control_words(row: Row) -> str:
    if row.control is None:
        return "not tried"
    name = row.control.scheme.rpartition(":")[2]
    if row.control.outcome is AttackOutcome.SUCCEEDED:
        return f"{name} fell"
    return f"{name} did not fall: {row.control.outcome}"


def shared_evidence(cells: Sequence[Cell]) -> tuple[SharedEvidence, ...]:
    """Put cells together whose evidence says the same, those that succeeded first."""
    alike: dict[object, list[Cell]] = {}
    for cell in cells:
        alike.setdefault(_essence(cell), []).append(cell)
    order = list(AttackOutcome)
    found = [
        SharedEvidence(members[0], tuple(cell.scheme for cell in members), _figures(members))
        for members in alike.values()
    ]
    first = (AttackOutcome.SUCCEEDED, *(one for one in order if one is not AttackOutcome.SUCCEEDED))
    return tuple(sorted(found, key=lambda one: first.index(one.cell.outcome)))


def _figures(cells: Sequence[Cell]) -> tuple[tuple[str, tuple[Figure, ...]], ...]:
    return tuple((cell.scheme, tuple(cell.figures)) for cell in cells if cell.figures)


def _essence(cell: Cell) -> tuple[object, ...]:
    """What evidence says, without names, credentials and moments."""
    return (
        cell.outcome,
        _SECRET.sub("#", cell.reason),
        cell.denied_by_card,
        tuple(_step(exchange) for exchange in cell.evidence),
    )


def _step(exchange: Exchange) -> tuple[object, ...]:
    commands = tuple(line.split(" ", 1)[0].upper() for line in exchange.store)
    return (
        _SECRET.sub("#", exchange.title),
        _SECRET.sub("#", exchange.request),
        exchange.status,
        exchange.effect,
        commands,
        tuple(sorted(exchange.headers)),
    )
