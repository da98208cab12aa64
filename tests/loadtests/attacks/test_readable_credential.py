from loadtests.attacks.readable_credential import ReadableCredential, readable
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(ReadableCredential)
    assert cell.outcome is SUCCEEDED, cell
    assert "Cookie" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "opaque-redis": REJECTED,
        "jwt-hs256": SUCCEEDED,
        "session-signed-cookie": SUCCEEDED,
    }
    assert attacked.outcomes(ReadableCredential, *expected) == expected


def test_what_stands_in_a_token_is_read() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"
    assert '{"sub":"alice"}' in readable(f"Bearer {token}")
    assert "alice" in readable("sid=alice%40example.org.x")
    assert "alice" not in readable("zTEB0d5kzTEB0d5kzTEB0d5kzTEB0d5kzTEB0d5kzTE")
