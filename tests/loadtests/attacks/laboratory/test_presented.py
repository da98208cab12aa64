from hypothesis import given
from hypothesis import strategies as st

from loadtests.attacks.laboratory.presented import Presented, changed_inside, invented

_TEXT = st.text("ABCDEFGHabcdefgh0123456789-_", min_size=20, max_size=60)


@given(_TEXT)
def test_a_cookie_is_taken_apart_and_put_together(text: str) -> None:
    presented = Presented.of({"Cookie": f"sid={text}; csrf=1"})
    assert (presented.text, presented.cookie_name, presented.in_cookie) == (text, "sid", True)
    assert presented.replaced(text) == {"Cookie": f"sid={text}; csrf=1"}
    assert presented.alone("other") == {"Cookie": "sid=other"}


@given(_TEXT)
def test_a_token_too(text: str) -> None:
    presented = Presented.of({"Authorization": f"Bearer {text}"})
    assert (presented.text, presented.cookie_name, presented.in_cookie) == (text, "", False)
    assert presented.alone("other") == {"Authorization": "Bearer other"}


@given(_TEXT)
def test_what_is_invented_or_changed_has_the_same_shape(text: str) -> None:
    for other in (invented(text), changed_inside(text)):
        assert len(other) == len(text)
    assert changed_inside(text) != text
