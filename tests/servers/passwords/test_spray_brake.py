"""One password on many accounts: what it costs a guesser, and that nobody else pays."""

import pytest

from servers.contract.errors import TooManyAttempts
from servers.passwords import spray_brake
from servers.passwords.spray_brake import FREE_ACCOUNTS, SprayBrake
from servers.passwords.throttle import FORGET_S, LONGEST_S
from tests.clock import Clock


def sprayed(brake: SprayBrake, password: str, accounts: int = FREE_ACCOUNTS) -> None:
    for number in range(accounts):
        brake.begin(password)
        brake.failed(f"user-{number}", password)


def test_twenty_accounts_are_free_and_then_each_waits_longer() -> None:
    clock = Clock()
    brake = SprayBrake(clock)
    sprayed(brake, "Winter2026Winter")
    waits = []
    for number in range(8):
        with pytest.raises(TooManyAttempts) as refusal:
            brake.begin("Winter2026Winter")
        waits.append(refusal.value.retry_after_s)
        clock.now += waits[-1]
        brake.begin("Winter2026Winter")
        with pytest.raises(TooManyAttempts):  # one at a time
            brake.begin("Winter2026Winter")
        brake.failed(f"next-{number}", "Winter2026Winter")
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST_S, LONGEST_S]
    brake.begin("Summer2026Summer")


def test_about_a_hundred_accounts_in_an_hour() -> None:
    clock = Clock()
    brake = SprayBrake(clock)
    until, tried = clock.now + 3600, 0
    while clock.now < until:
        try:
            brake.begin("x")
            brake.failed(f"user-{tried}", "x")
            tried += 1
        except TooManyAttempts as refusal:
            clock.now += refusal.retry_after_s
    assert 90 < tried < 120


def test_one_account_is_one_and_right_passwords_are_none() -> None:
    brake = SprayBrake(Clock())
    for _ in range(10 * FREE_ACCOUNTS):
        brake.begin("mistyped")
        brake.failed("alice", "mistyped")
        brake.begin("everybody's right password")
    assert len(brake._passwords) == 1


def test_failures_of_more_than_an_hour_ago_do_not_count() -> None:
    clock = Clock()
    brake = SprayBrake(clock)
    for number in range(5 * FREE_ACCOUNTS):
        clock.now += FORGET_S / (FREE_ACCOUNTS - 1)
        brake.begin("trickling")
        brake.failed(f"user-{number}", "trickling")


def test_an_attempt_that_was_never_made_gives_its_turn_back() -> None:
    clock = Clock()
    brake = SprayBrake(clock)
    sprayed(brake, "x")
    clock.now += LONGEST_S
    for _ in range(5):
        brake.begin("x").undo()
    brake.begin("x")
    with pytest.raises(TooManyAttempts):
        brake.begin("x")


def test_memory_is_bounded_and_holds_no_password() -> None:
    bound = spray_brake._PASSWORDS
    spray_brake._PASSWORDS = 10
    try:
        brake = SprayBrake(Clock())
        for number in range(3 * FREE_ACCOUNTS):
            brake.failed(f"user-{number}", "kept")
            brake.failed("alice", f"forgotten-{number}")
        assert len(brake._passwords) == 10
        assert max(len(each.failed_s) for each in brake._passwords.values()) == FREE_ACCOUNTS + 6
        assert all(len(digest) == 16 for digest in brake._passwords)
        assert brake._digest("kept") != SprayBrake(Clock())._digest("kept")
        with pytest.raises(TooManyAttempts):
            brake.begin("kept")
    finally:
        spray_brake._PASSWORDS = bound
