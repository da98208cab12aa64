from loadtests.attacks.planted_id import PlantedId
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(PlantedId)
    assert cell.outcome is SUCCEEDED, cell
    assert "kept the id" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "session-memory": REJECTED,
        "jwt-cookie": REJECTED,
        "opaque-redis": REJECTED,
    }
    assert attacked.outcomes(PlantedId, *expected) == expected
