from loadtests.attacks.left_in_the_browser import LeftInTheBrowser
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(LeftInTheBrowser)
    assert cell.outcome is SUCCEEDED, cell
    assert "the browser's storage" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {"session-redis": REJECTED, "jwt-hs256": REJECTED, "jwt-cookie": REJECTED}
    assert attacked.outcomes(LeftInTheBrowser, *expected) == expected
