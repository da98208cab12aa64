"""Declared against seen: every difference is one line, and nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from authbench.contracts.security.attack import AttackOutcome, Cell
from loadtests.attacks.laboratory.condition import Control
from selftest.attacks.comparison import Cells, complaints
from selftest.attacks.mutations import Mutation

ROWS = st.sets(st.sampled_from(["A1", "B2", "E1", "E2", "G10", "H3"]))
GREEN = st.sampled_from([outcome for outcome in AttackOutcome if outcome is not AttackOutcome.SUCCEEDED])


def mutation(*rows: str) -> Mutation:
    return Mutation("vulnerable-x", Control("a.module:Vulnerable"), Control("session-redis"), frozenset(rows))


def cells(rows: set[str], red: set[str], green: AttackOutcome = AttackOutcome.REJECTED) -> Cells:
    return {
        row: Cell(
            row=row,
            scheme="x",
            outcome=AttackOutcome.SUCCEEDED if row in red else green,
            reason=f"so it was with {row}",
        )
        for row in rows
    }


@given(declared=ROWS, tried=ROWS, tried_sound=ROWS, broken=ROWS, sound=ROWS, green=GREEN)
def test_a_row_is_complained_of_where_declared_and_seen_differ(
    declared: set[str],
    tried: set[str],
    tried_sound: set[str],
    broken: set[str],
    sound: set[str],
    green: AttackOutcome,
) -> None:
    lines = complaints(mutation(*declared), cells(tried, broken, green), cells(tried_sound, sound, green))
    named = [line.split()[1] for line in lines]
    assert named == sorted(tried & tried_sound & (declared ^ (broken - sound)))
    assert all("\n" not in line and line.startswith("vulnerable-x: ") for line in lines)


def test_each_line_says_what_was_expected_and_what_to_do() -> None:
    every = {"E1"}
    (missing,) = complaints(mutation("E1"), cells(every, set()), cells(every, set()))
    assert missing == (
        "vulnerable-x: E1 must turn red and did not (reached, rejected: so it was with E1); mend the attack "
        "or the server, or take E1 out of its falls_to"
    )
    (undeclared,) = complaints(mutation(), cells(every, every), cells(every, set()))
    assert undeclared == (
        "vulnerable-x: E1 turned red and is not declared (so it was with E1), and session-redis resists it; "
        "mend the attack if it looks at the wrong thing, else add E1 to its falls_to"
    )
    (idle,) = complaints(mutation("E1"), cells(every, every), cells(every, every))
    assert idle == (
        "vulnerable-x: E1 is red on session-redis too, where nothing is broken (so it was with E1); mend the "
        "attack, or take E1 out of its falls_to"
    )
