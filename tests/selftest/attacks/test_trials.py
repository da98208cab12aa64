"""One mutation end to end; which servers are attacked with what."""

from dataclasses import replace

import pytest

from loadtests.attacks.attack import find_attacks
from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.run_attacks import open_laboratory
from selftest.attacks import __main__ as command
from selftest.attacks.mutations import Mutation, all_mutations
from selftest.attacks.trials import DEAR, plan, try_mutations

ATTACKS = find_attacks()
MUTATIONS = {mutation.name: mutation for mutation in all_mutations()}
BROWSER = {row for row, attack in ATTACKS.items() if issubclass(attack, BrowserAttack)}


def planned(mutation: Mutation) -> dict[str, set[str]]:
    """Server -> rows."""
    found: dict[str, set[str]] = {}
    for job in plan([mutation], list(ATTACKS.values())):
        found.setdefault(job.scheme, set()).update(attack.row for attack in job.attacks)
    return found


def test_a_mutation_and_the_server_without_it_meet_every_row_but_the_dear_ones_of_others() -> None:
    role = planned(MUTATIONS["vulnerable-role"])
    assert set(role) == {"servers.vulnerable.ends.logout:VulnerableRole", "session-redis"}
    assert all(rows == set(ATTACKS) - DEAR - BROWSER for rows in role.values())
    early_exit = planned(MUTATIONS["vulnerable-early-exit-login"])
    assert all(rows & DEAR == {"J2"} for rows in early_exit.values())


def test_rows_in_a_browser_meet_what_declares_one() -> None:
    readable = planned(MUTATIONS["vulnerable-readable-cookie"])
    assert all(rows == set(ATTACKS) - DEAR for rows in readable.values())


@pytest.mark.integration
def test_one_mutation_end_to_end() -> None:
    mutation = MUTATIONS["vulnerable-logout"]
    wrong = replace(mutation, name="declares too little and too much", falls_to=frozenset({"E1", "A6"}))
    with open_laboratory() as laboratory:
        attacks = [ATTACKS[row] for row in ("A6", "E1", "E7", "E2")]
        right, complained = try_mutations([mutation, wrong], attacks, laboratory, lambda _: None)
    assert right.complaints == []
    assert [line.split(": ")[1].partition(" ")[0] for line in complained.complaints] == ["A6", "E2"]


def test_an_unknown_server_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["vulnerable-logot"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("selftest: unknown server 'vulnerable-logot': ")
    assert "vulnerable-logout" in told.err
    assert told.err.count("\n") == 1
