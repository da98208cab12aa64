"""Whatever the wire loses, repeats or turns round: each order arrives once, in the order of saying."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authbench.contracts.workers.hub_protocol import Traffic
from loadtests.distributed.conversation import RESEND_S, Conversation, SerialNumbers
from loadtests.distributed.messages import Envelope, Refused
from tests.loadtests.distributed.wire import SEAL, Clock, lines, two


def hear(end: Conversation, token: bytes) -> list[str]:
    return lines(end.hear(SEAL.open(token)))


@given(st.lists(st.booleans(), max_size=40), st.data())
def test_everything_arrives_once_and_in_order(turns: list[bool], data: st.DataObject) -> None:
    """Each turn one end says something; then what is on the wire is lost, doubled or delayed at will."""
    clock = Clock()
    ends = two(clock)
    said: tuple[list[str], list[str]] = ([], [])
    heard: tuple[list[str], list[str]] = ([], [])
    wire: list[tuple[int, bytes]] = []

    def deliver(index: int, token: bytes) -> None:
        with contextlib.suppress(Refused):  # the second of two alike
            heard[index].extend(hear(ends[index], token))

    for number, turn in enumerate(turns):
        ends[turn].say("line", str(number))
        said[turn].append(str(number))
        wire += [(1 - own, token) for own, end in enumerate(ends) for token in end.outgoing()]
        wire = data.draw(st.permutations(wire))
        fate = data.draw(st.sampled_from(["arrives", "is lost", "arrives twice", "waits"]))
        clock.now_s += data.draw(st.floats(0, 3))
        if wire and fate != "waits":
            index, token = wire.pop()
            for _ in range({"arrives": 1, "is lost": 0, "arrives twice": 2}[fate]):
                deliver(index, token)
    for _ in range(8):  # then the wire is sound, and time passes
        clock.now_s += 100.0
        for own, end in enumerate(ends):
            for token in end.outgoing():
                deliver(1 - own, token)
    assert heard[1] == said[0]
    assert heard[0] == said[1]
    assert all(end.settled for end in ends)


def test_an_order_is_sent_again_until_it_is_acknowledged() -> None:
    clock = Clock()
    one, other = two(clock)
    one.say("line", "order")
    (first,) = one.outgoing()
    assert one.outgoing() == []
    clock.now_s += RESEND_S
    (again,) = one.outgoing()
    assert hear(other, again) == ["order"]
    assert hear(other, first) == [], "the first one was overtaken: it counts as heard"
    (acknowledgement,) = other.outgoing()
    assert not one.settled
    assert hear(one, acknowledgement) == []
    assert one.settled
    clock.now_s += 100 * RESEND_S
    assert one.outgoing() == []


def test_it_waits_twice_as_long_each_time() -> None:
    clock = Clock()
    one, _ = two(clock)
    one.say("line", "order")
    sent_at = []
    for tenth in range(160):
        clock.now_s = tenth / 10
        sent_at += [clock.now_s] * len(one.outgoing())
    assert sent_at == [0, 1, 3, 7, 15]


def test_a_replay_is_refused_and_does_nothing() -> None:
    one, other = two(Clock())
    one.say("line", "order")
    (token,) = one.outgoing()
    assert hear(other, token) == ["order"]
    with pytest.raises(Refused, match=r"sent before \(a replay\)"):
        hear(other, token)


@pytest.mark.parametrize("changed", [{"run": "yesterday"}, {"sender": "c"}, {"to": "c"}])
def test_a_message_of_another_run_or_pair_is_refused(changed: dict[str, str]) -> None:
    _, other = two(Clock())
    fields = {"run": "run", "sender": "a", "to": "b", **changed}
    envelope = Envelope(**fields, serial=1, kind="line", number=0, content="order")
    with pytest.raises(Refused, match="another run"):
        other.hear(envelope)


def test_what_an_end_said_is_refused_when_it_comes_back() -> None:
    one, _ = two(Clock())
    one.say("line", "order")
    with pytest.raises(Refused, match="somebody else"):
        hear(one, one.outgoing()[0])


@given(st.lists(st.integers(0, 20_000), max_size=60))
def test_no_serial_number_is_taken_twice(serials: list[int]) -> None:
    numbers = SerialNumbers()
    taken: list[int] = []
    for serial in serials:
        try:
            numbers.take(serial)
        except Refused:
            assert serial in taken or serial < max(taken) - 4000
        else:
            taken.append(serial)
    assert len(set(taken)) == len(taken)


def test_old_serial_numbers_are_forgotten_and_refused() -> None:
    numbers = SerialNumbers()
    for serial in range(20_000):
        numbers.take(serial)
    assert len(numbers._taken) <= 2 * 4096
    for old in (0, 10_000, 19_999):
        with pytest.raises(Refused):
            numbers.take(old)


def test_both_ends_count_what_was_lost_and_what_was_sent_again() -> None:
    clock = Clock()
    one, other = two(clock)
    one.say("line", "a")
    one.outgoing()  # lost
    one.say("line", "b")
    (token,) = one.outgoing()
    assert hear(other, token) == []
    assert (other.traffic.heard, other.traffic.missing) == (1, 1)
    clock.now_s += RESEND_S
    again = one.outgoing()
    assert [heard for token in again for heard in hear(other, token)] == ["a", "b"]
    assert one.traffic == Traffic(sent=4, heard=0, missing=0, resent=2)
    assert other.traffic == Traffic(sent=0, heard=3, missing=1, resent=0)


def test_a_message_that_was_overtaken_is_not_missing() -> None:
    one, other = two(Clock())
    one.say("line", "a")
    (first,) = one.outgoing()
    one.say("line", "b")
    (second,) = one.outgoing()
    hear(other, second)
    hear(other, first)
    assert other.traffic == Traffic(sent=0, heard=2, missing=0, resent=0)
