import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.database.accounts import DEMO_PASSWORD
from servers.parsing.passwords import NEW_PASSWORD_MIN_LENGTH
from servers.passwords.blocklist import GuessablePassword, _common, _folded, refuse_guessable


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        (DEMO_PASSWORD, "many people use"),
        ("CorrectHorseBatteryStaple", "many people use"),
        ("passwordstandard", "many people use"),
        ("telecommunications", "many people use"),
        ("Password-Password!", "many people use"),
        ("Kakadu12-Kakadu12!", "repeats a few characters"),
        ("xxxxxxxxxxxxxxx", "repeats a few characters"),
        ("!!!!!!!!!!!!!!!", "repeats a few characters"),
        ("abc abc abc abc abc", "repeats a few characters"),
        ("letmeinletmeinlet", "repeats a few characters"),
        ("123456789012345", "a row"),
        ("zyxwvutsrqponml", "a row"),
        ("qwertyuiop asdfghjkl", "a row"),
        ("QWERTY-1234567890", "a row"),
        ("1q2w3e4r5t6y7u8i9o", "a row"),
        ("alice.miller 2026!", "the name"),
        ("authbench-authbench", "the name"),
        ("Authbench Alice.Miller", "the name"),
    ],
)
def test_what_a_guesser_tries_early(password: str, reason: str) -> None:
    with pytest.raises(GuessablePassword, match=reason) as refusal:
        refuse_guessable(password, "Alice.Miller")
    assert "several words" in str(refusal.value)
    assert password not in str(refusal.value)


@pytest.mark.parametrize(
    "password",
    [
        # A part of the password is nobody's business: only the whole is compared.
        "alice.miller sings in the rain",
        "my telecommunications bill",
        "correct horse battery staples it",
        "1234567890 red balloons",
        "abcdefgh then what",
        # No rule of composition.
        "onlylowercaselettershere",
        "$%^@~)(*&{}[]<>|",
        "".join(chr(0x1F400 + 7 * number) for number in range(NEW_PASSWORD_MIN_LENGTH)),
        "314159265358979",
        "Übergrößenträger an der Ahr",
        "пароль на каждый день недели",
    ],
)
def test_what_is_nobodys_first_guess(password: str) -> None:
    refuse_guessable(password, "Alice.Miller")
    refuse_guessable(password, "")


@given(st.text(max_size=40), st.text(max_size=10))
def test_any_text_is_judged(password: str, username: str) -> None:
    with contextlib.suppress(GuessablePassword):
        refuse_guessable(password, username)


def test_the_list_has_what_could_be_chosen() -> None:
    listed = _common()
    assert len(listed) > 400
    assert all(_folded(each) == each for each in listed)
    # With the spaces of a phrase, at least.
    assert all(len(each) >= NEW_PASSWORD_MIN_LENGTH - 3 for each in listed)
