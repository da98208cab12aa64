"""Every row has a mutation that must turn it red, and the attack's control is one of them."""

import pytest

from loadtests.attacks.attack import find_attacks
from selftest.attacks.mutations import WITHOUT_MUTATION, Mutation, all_mutations
from servers.discovery import find_scheme, known_schemes

MUTATIONS = all_mutations()


@pytest.mark.parametrize("row", find_attacks())
def test_the_control_of_a_row_is_a_mutation_that_declares_it(row: str) -> None:
    attack = find_attacks()[row]
    declaring = [mutation for mutation in MUTATIONS if row in mutation.falls_to]
    if row in WITHOUT_MUTATION:
        assert not declaring
        return
    assert [each for each in declaring if each.broken == attack.control], (
        f"{attack.control.scheme} is the control of {row}, and {row} is not in its falls_to"
    )


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_declares_rows_and_breaks_a_listed_scheme(mutation: Mutation) -> None:
    assert mutation.falls_to <= set(find_attacks())
    sound = mutation.sound.scheme
    assert sound in known_schemes()
    broken = find_scheme(mutation.broken.scheme)
    if broken.name.startswith("vulnerable-"):
        assert issubclass(broken, known_schemes()[sound])


def test_no_two_have_the_same_name() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)


def test_what_cannot_be_mutated_is_a_row() -> None:
    assert set(WITHOUT_MUTATION) <= set(find_attacks())
