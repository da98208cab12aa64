"""A token is opened by whoever has the key, speaks the version and got all of it; by nobody else."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from loadtests.distributed.messages import TOKEN_BYTES_MAX, Envelope, Refused, Seal
from tests.loadtests.distributed.wire import KEY, SEAL

_TEXT = st.text(max_size=30)
_ENVELOPES = st.builds(
    Envelope,
    run=_TEXT,
    sender=st.text(min_size=1, max_size=30),
    to=_TEXT,
    serial=st.integers(0, 2**40),
    kind=st.sampled_from(["hello", "line", "acknowledgement"]),
    number=st.none() | st.integers(0, 2**40),
    received=st.integers(0, 2**40),
    content=_TEXT,
)


@given(_ENVELOPES)
def test_an_envelope_arrives_as_it_was_closed(envelope: Envelope) -> None:
    assert Seal(KEY).open(SEAL.close(envelope)) == envelope


@given(_ENVELOPES, st.data())
def test_a_token_that_is_not_whole_is_refused(envelope: Envelope, data: st.DataObject) -> None:
    token = SEAL.close(envelope)
    cut = token[: data.draw(st.integers(0, len(token) - 1))]
    place = data.draw(st.integers(0, len(token) - 5))  # the last characters may hold bits that nobody reads
    changed = token[:place] + (b"A" if token[place : place + 1] != b"A" else b"B") + token[place + 1 :]
    for damaged in (cut, changed):
        with pytest.raises(Refused, match="not sealed with this join key, or was damaged on the way"):
            SEAL.open(damaged)


def test_another_key_is_refused() -> None:
    token = Seal(Fernet.generate_key()).close(Envelope(run="", sender="a", to="", serial=0, kind="hello"))
    with pytest.raises(Refused, match="not sealed with this join key"):
        SEAL.open(token)


@pytest.mark.parametrize("body", [None, 7, "text", {"a": 1}, b"", b"\xff" * 40, b"x" * (TOKEN_BYTES_MAX + 1)])
def test_what_is_no_token_is_refused(body: Any) -> None:
    with pytest.raises(Refused):
        SEAL.open(body)


def test_another_version_is_refused_by_name() -> None:
    later = b'{"version": 2, "run": "r", "sender": "a", "to": "b", "serial": 1, "kind": "dance", "new": 1}'
    with pytest.raises(Refused, match="does not speak version 1 of these messages: install the same"):
        SEAL.open(Fernet(KEY).encrypt(later))


def test_a_message_that_is_too_long_is_not_sent() -> None:
    envelope = Envelope(run="r", sender="a", to="b", serial=1, kind="line", content="x" * TOKEN_BYTES_MAX)
    with pytest.raises(ValueError, match="at most 524288"):
        SEAL.close(envelope)
