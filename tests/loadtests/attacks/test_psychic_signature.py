from loadtests.attacks.psychic_signature import PsychicSignature
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(PsychicSignature)
    assert cell.outcome is SUCCEEDED, cell
    assert "r = 0, s = 0" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-hs256": REJECTED,
        "jwt-es256": REJECTED,
    }
    assert attacked.outcomes(PsychicSignature, *expected) == expected
