"""Words, signs and classes of outcomes, the same in every table. A class is a colour; no table needs it."""

from collections import Counter
from collections.abc import Iterable

from authbench.contracts.security.attack import AttackOutcome, Cell, Row

SHORT = {
    AttackOutcome.BLOCKED: "blocked",
    AttackOutcome.UNAUTHENTICATED: "no login",
    AttackOutcome.REJECTED: "rejected",
    AttackOutcome.SUCCEEDED: "SUCCEEDED",
    AttackOutcome.NOT_RUN: "not run",
}
MEANING = {
    AttackOutcome.BLOCKED: "the browser did not send it, or not with the credential that it needs",
    AttackOutcome.UNAUTHENTICATED: "it arrived, with nothing that could be taken for a credential",
    AttackOutcome.REJECTED: "it arrived with what it had, and had no effect",
    AttackOutcome.SUCCEEDED: "it had its effect in the application's own data",
    AttackOutcome.NOT_RUN: "nothing was shown, and the evidence says why",
}
CLASS = {
    AttackOutcome.BLOCKED: "blocked",
    AttackOutcome.UNAUTHENTICATED: "no-login",
    AttackOutcome.REJECTED: "rejected",
    AttackOutcome.SUCCEEDED: "succeeded",
    AttackOutcome.NOT_RUN: "not-run",
}
NOTHING_THERE = "n/a"
"""In place of 'not run' where a scheme has nothing that an attack could act on."""
RESISTED = frozenset({AttackOutcome.BLOCKED, AttackOutcome.UNAUTHENTICATED, AttackOutcome.REJECTED})


def short_word(cell: Cell) -> str:
    """Name the outcome of a cell in one word."""
    return NOTHING_THERE if cell.nothing_there else SHORT[cell.outcome]


def cell_of(row: Row, scheme: str) -> Cell | None:
    """What came of an attack on a scheme, or on the one that was attacked for both; None: nobody tried."""
    cells = {cell.scheme: cell for cell in row.cells}
    own = cells.get(scheme)
    return cells.get(own.same_as, own) if own is not None and own.same_as is not None else own


def outcome_words(cells: Iterable[Cell]) -> str:
    """Some cells together: 'resisted', 'SUCCEEDED', 'SUCCEEDED on 2 of 5', 'not run'.

    Those that were not run are not counted.
    """
    counts = Counter(cell.outcome for cell in cells)
    succeeded = counts[AttackOutcome.SUCCEEDED]
    shown = succeeded + sum(counts[outcome] for outcome in RESISTED)
    if not shown:
        return SHORT[AttackOutcome.NOT_RUN]
    if not succeeded:
        return "resisted"
    return "SUCCEEDED" if succeeded == shown else f"SUCCEEDED on {succeeded} of {shown}"


def outcome_class(words: str) -> str:
    """The colour of what `outcome_words` says."""
    if words == "resisted":
        return CLASS[AttackOutcome.REJECTED]
    return CLASS[AttackOutcome.SUCCEEDED if words.startswith("SUCCEEDED") else AttackOutcome.NOT_RUN]
