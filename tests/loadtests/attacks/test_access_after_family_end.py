"""Only a deny list reaches the access tokens of a login that ends by reuse."""

from loadtests.attacks.access_after_family_end import AccessAfterFamilyEnd
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(AccessAfterFamilyEnd)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "jwt-denylist": REJECTED,
        "jwt-not-before": SUCCEEDED,
        "jwt-refresh-static": NOT_RUN,
    }
    assert attacked.outcomes(AccessAfterFamilyEnd, *expected) == expected
