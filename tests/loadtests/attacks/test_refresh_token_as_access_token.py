from loadtests.attacks.refresh_token_as_access_token import RefreshTokenAsAccessToken
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(RefreshTokenAsAccessToken)
    assert cell.outcome is SUCCEEDED, cell
    assert "the refresh token as a credential" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": NOT_RUN,
        "jwt-hs256": REJECTED,
        "jwt-refresh-grace": REJECTED,
    }
    assert attacked.outcomes(RefreshTokenAsAccessToken, *expected) == expected
