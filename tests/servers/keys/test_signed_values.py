import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.keys.signed_values import SignedValues

SIGNED = SignedValues(b"k" * 32)
OTHERS = SignedValues(b"K" * 32)


def refused(value: bytes, bound_to: bytes = b"") -> bool:
    try:
        SIGNED.content(value, bound_to)
    except ValueError:
        return True
    return False


@given(st.binary(min_size=1, max_size=200), st.binary(max_size=60))
def test_what_was_signed_comes_back(content: bytes, bound_to: bytes) -> None:
    value = SIGNED.sign(content, bound_to).encode()
    assert SIGNED.content(value, bound_to) == content
    with pytest.raises(ValueError, match="not signed here"):
        OTHERS.content(value, bound_to)


@given(st.binary(min_size=1, max_size=60), st.binary(max_size=60), st.binary(max_size=60))
def test_only_bound_to_the_same(content: bytes, bound_to: bytes, other: bytes) -> None:
    assert refused(SIGNED.sign(content, bound_to).encode(), other) is (bound_to != other)


@given(st.binary(max_size=120))
def test_any_bytes_may_come(value: bytes) -> None:
    assert refused(value)


@given(st.data())
def test_no_character_of_it_may_differ(data: st.DataObject) -> None:
    value = bytearray(SIGNED.sign(b'{"sub":"alice"}').encode())
    place = data.draw(st.integers(0, len(value) - 1))
    value[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != value[place]))
    assert refused(bytes(value))


def test_a_value_has_one_spelling() -> None:
    value = SIGNED.sign(b"content!").encode()
    text, _, mac = value.partition(b".")
    for other in (
        value + b"=",
        text + b"=." + mac,
        b" " + value,
        value + b"\n",
        text + b"." + mac[:-1] + b"x",
    ):
        assert other == value or refused(other)
