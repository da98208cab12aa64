"""Guessing passwords: what it costs a guesser, and what it costs nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.contract.errors import TooManyAttempts
from servers.passwords import throttle as login_throttle
from servers.passwords.throttle import FORGET_S, FREE, LONGEST_S, LoginThrottle
from tests.clock import Clock


def tried(throttle: LoginThrottle, clock: Clock, seconds: float) -> int:
    """How many guesses a guesser gets through who never waits longer than needed."""
    count, until = 0, clock.now + seconds
    while clock.now < until:
        try:
            throttle.begin("alice")
            count += 1
        except TooManyAttempts as refusal:
            clock.now += refusal.retry_after_s
    return count


def test_ten_mistakes_are_free_and_then_each_waits_longer() -> None:
    clock = Clock()
    throttle = LoginThrottle(clock)
    for _ in range(FREE):
        throttle.begin("alice")
    waits = []
    for _ in range(8):
        with pytest.raises(TooManyAttempts) as refusal:
            throttle.begin("alice")
        waits.append(refusal.value.retry_after_s)
        clock.now += waits[-1]
        throttle.begin("alice")
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST_S, LONGEST_S]


def test_fewer_than_a_hundred_guesses_in_an_hour() -> None:
    clock = Clock()
    assert tried(LoginThrottle(clock), clock, 3600) < 100


def test_guesses_at_once_count_before_they_are_answered() -> None:
    throttle = LoginThrottle(Clock())
    for _ in range(FREE):
        throttle.begin("alice")
    for _ in range(1000):
        with pytest.raises(TooManyAttempts):
            throttle.begin("alice")


def test_a_known_device_and_other_accounts_are_none_of_the_guessers_business() -> None:
    clock = Clock()
    throttle = LoginThrottle(clock)
    for _ in range(FREE):
        throttle.begin("alice")
    throttle.succeeded(throttle.begin("alice", "her telephone"))
    throttle.succeeded(throttle.begin("bob"))
    with pytest.raises(TooManyAttempts):  # her success was not the guesser's
        throttle.begin("alice")


def test_a_right_password_and_a_long_silence_begin_anew() -> None:
    clock = Clock()
    throttle = LoginThrottle(clock)
    for _ in range(3):
        for _ in range(FREE - 1):
            throttle.begin("alice")
        throttle.succeeded(throttle.begin("alice"))
    for _ in range(FREE):
        throttle.begin("alice")
    clock.now += FORGET_S
    for _ in range(FREE):
        throttle.begin("alice")


def test_an_attempt_that_was_never_made_does_not_count() -> None:
    clock = Clock()
    throttle = LoginThrottle(clock)
    for _ in range(100):
        throttle.cancelled(throttle.begin("alice"))
    assert not throttle._counts
    throttle.succeeded(attempt := throttle.begin("alice"))
    throttle.cancelled(attempt)  # forgotten meanwhile
    for _ in range(FREE + 4):
        clock.now += LONGEST_S
        throttle.begin("alice")
    clock.now += LONGEST_S
    for _ in range(5):  # a store that is down makes nobody wait
        throttle.cancelled(throttle.begin("alice"))
    throttle.begin("alice")
    with pytest.raises(TooManyAttempts):
        throttle.begin("alice")


def test_what_ends_late_touches_no_other_count() -> None:
    throttle = LoginThrottle(Clock())
    late, right = throttle.begin("alice"), throttle.begin("alice")
    throttle.succeeded(right)
    for _ in range(FREE):
        throttle.begin("alice")
    throttle.cancelled(late)
    with pytest.raises(TooManyAttempts):
        throttle.begin("alice")


def test_a_wait_is_told_in_whole_seconds_and_never_too_short() -> None:
    waits = (0.001, 1, 1.2, 45)
    assert [TooManyAttempts(wait_s).retry_after for wait_s in waits] == ["1", "1", "2", "45"]


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=3)), max_size=60))
def test_every_name_is_counted_alone_and_memory_is_bounded(attempts: list[tuple[str, str]]) -> None:
    bound = login_throttle._ACCOUNTS
    login_throttle._ACCOUNTS = 20
    try:
        throttle = LoginThrottle(Clock())
        counts: dict[tuple[str, str], int] = {}
        for username, device in attempts:
            if counts.get((username, device), 0) < FREE:
                throttle.begin(username, device)
                counts[username, device] = counts.get((username, device), 0) + 1
        assert len(throttle._counts) == min(len(counts), 20)
    finally:
        login_throttle._ACCOUNTS = bound
