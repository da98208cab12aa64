import pytest

from loadtests.attacks.attack import find_attacks
from loadtests.attacks.run_attacks import choose_attacks
from servers.discovery import find_scheme, known_schemes


def test_every_row_is_found_in_the_order_of_the_matrix() -> None:
    found = list(find_attacks())
    assert len(found) >= 31
    assert found == sorted(found, key=lambda row: (row[0], int(row[1:])))
    assert found.index("G2") < found.index("G10")


@pytest.mark.parametrize("row", find_attacks())
def test_it_asks_a_question_that_yes_answers_and_names_its_sources(row: str) -> None:
    attack = find_attacks()[row]
    assert attack.question.endswith("?")
    assert attack.name
    assert all(any(sign.isdigit() for sign in source) or " " in source for source in attack.sources)
    assert attack.sources


@pytest.mark.parametrize("row", find_attacks())
def test_its_control_is_there_and_says_in_its_name_what_it_is(row: str) -> None:
    control = find_attacks()[row].control
    scheme = find_scheme(control.scheme)
    if control.scheme not in known_schemes():
        assert control.scheme.startswith("servers.vulnerable.")
        assert scheme.__name__.startswith("Vulnerable")


def test_slow_ones_are_left_out_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    row, attack = next(iter(find_attacks().items()))
    monkeypatch.setattr(attack, "slow", True)
    assert attack not in choose_attacks([], slow=False)
    assert attack in choose_attacks([], slow=True)
    assert choose_attacks([row], slow=False) == [attack]
