from loadtests.attacks.laboratory.jws import decoded, encoded
from loadtests.attacks.respelled_credential import RespelledCredential, respelled
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(RespelledCredential)
    assert cell.outcome is SUCCEEDED, cell
    assert "(r, n - s)" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-denylist": REJECTED,
        "opaque-redis": REJECTED,
        "jwt-es256": NOT_RUN,
    }
    assert attacked.outcomes(RespelledCredential, *expected) == expected


def test_every_spelling_is_another_text_for_the_same_bytes() -> None:
    token = f"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.{encoded(bytes(range(1, 65)))}"
    spellings = dict(respelled(token))
    assert token not in spellings.values()
    assert len(set(spellings.values())) == len(spellings)
    assert decoded(spellings["with other trailing bits"].rpartition(".")[2]) == bytes(range(1, 65))
    other = decoded(spellings["with signature (r, n - s)"].rpartition(".")[2])
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    assert other[:32] == bytes(range(1, 33))
    assert int.from_bytes(other[32:], "big") + int.from_bytes(bytes(range(33, 65)), "big") == order


def test_an_opaque_text_has_fewer() -> None:
    assert "with signature (r, n - s)" not in dict(respelled("a" * 43))
