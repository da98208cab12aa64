from loadtests.attacks.invented_id import InventedId
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(InventedId)
    assert cell.outcome is SUCCEEDED, cell
    assert "attacker chose" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "session-memory": REJECTED,
        "jwt-cookie": REJECTED,
        "opaque-redis": REJECTED,
        "jwt-dpop": REJECTED,
    }
    assert attacked.outcomes(InventedId, *expected) == expected
