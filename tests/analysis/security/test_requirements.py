"""Each requirement is shown by a row, by a command, or says why nothing shows it."""

import re

import pytest

from analysis.security.kinds import SchemeKind
from analysis.security.requirements import Requirement, check_requirements, requirements, rows_by_source
from authbench.cli import app
from loadtests.attacks.attack import find_attacks
from tests.analysis.security.reports import every_outcome

ALL = [one for group in requirements() for one in group.requirement]


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.words[:40])
def test_a_requirement_is_shown_or_says_why_not(one: Requirement) -> None:
    assert bool(one.rows or one.by) != bool(one.not_probed)
    assert all(re.fullmatch(r"[A-L]\d{1,2}", row) for row in one.rows)
    assert one.words.endswith(".")


def test_every_attack_shows_some_requirement_and_no_other_row_is_named() -> None:
    named = {row for one in ALL for row in one.rows}
    assert set(find_attacks()) == named, "each attack is named, and each row that is named is an attack"


def test_another_command_that_shows_one_is_there() -> None:
    named = {name for one in ALL for name in re.findall(r"authbench ([a-z-]+)", one.by)}
    assert named
    assert named <= {command.name for command in app.registered_commands}


def test_outcomes_stand_by_kind_and_row() -> None:
    checked = [one for group in check_requirements(every_outcome()).values() for one in group]
    logout = next(one for one in checked if one.requirement.rows[:1] == ["E1"])
    assert logout.outcomes[SchemeKind.SESSION]["E1"] == "resisted"
    assert logout.outcomes[SchemeKind.TOKEN]["E1"] == "SUCCEEDED"
    assert logout.outcomes[SchemeKind.SESSION]["E2"] == "void"
    assert logout.outcomes[SchemeKind.SESSION]["E4"] == "not tried"


def test_sources_lead_to_their_rows() -> None:
    found = rows_by_source(every_outcome())
    assert [row.id for row in found["OWASP ASVS 5.0 7.4.1"]] == ["B1", "E1", "E10", "E2"]
