"""What a mutation turned red, held against what it declares: pure, from outcomes."""

from collections.abc import Mapping

from authbench.contracts.security.attack import AttackOutcome, Cell
from selftest.attacks.mutations import Mutation

Cells = Mapping[str, Cell]
"""What came of each row that was tried on a server."""


def red(cells: Cells) -> set[str]:
    """The rows of attacks that succeeded."""
    return {row for row, cell in cells.items() if cell.outcome is AttackOutcome.SUCCEEDED}


def complaints(mutation: Mutation, broken: Cells, sound: Cells) -> list[str]:
    """Each difference between declared and seen, in a line. `sound`: what came of the rows without it.

    A row that was not tried on both servers is no difference.
    """
    name, of = mutation.name, mutation.sound.scheme
    found = []
    for row in sorted(broken.keys() & sound.keys()):
        cell = broken[row]
        came = f"{cell.outcome}: {cell.reason}"
        declared, turned = row in mutation.falls_to, cell.outcome is AttackOutcome.SUCCEEDED
        if declared and not turned:
            found.append(
                f"{name}: {row} must turn red and did not ({came}); mend the attack or the server, or take "
                f"{row} out of its falls_to"
            )
        elif declared and row in red(sound):
            found.append(
                f"{name}: {row} is red on {of} too, where nothing is broken ({sound[row].reason}); mend the "
                f"attack, or take {row} out of its falls_to"
            )
        elif turned and not declared and row not in red(sound):
            found.append(
                f"{name}: {row} turned red and is not declared ({cell.reason}), and {of} resists it; mend "
                f"the attack if it looks at the wrong thing, else add {row} to its falls_to"
            )
    return found
