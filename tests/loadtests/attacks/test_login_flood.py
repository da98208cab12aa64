"""A flood is put off account by account, and others get in meanwhile."""

from loadtests.attacks.login_flood import LoginFlood
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked_as_they_are: Attacked) -> None:
    cell = attacked_as_they_are.control(LoginFlood)
    assert cell.outcome is SUCCEEDED, cell
    assert cell.reason.startswith("0 of ")


def test_what_comes_of_it(attacked_as_they_are: Attacked) -> None:
    expected = {"jwt-hs256": REJECTED, "session-redis": REJECTED, "opaque-redis": NOT_RUN}
    assert attacked_as_they_are.outcomes(LoginFlood, *expected) == expected
    figures = {each.name: each.value for each in attacked_as_they_are(LoginFlood, "jwt-hs256").figures}
    assert figures["honest logins let in, before"] == 10
    assert figures["guesses put off from then on"] > 0
