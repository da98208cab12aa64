import time

import pytest
from gevent.event import Event

from loadtests.http.timer import Timer, sleep_until, wake_sharply


def test_it_rings_once_armed_and_never_early() -> None:
    rung: list[int] = []
    done = Event()

    def ring() -> None:
        rung.append(time.monotonic_ns())
        timer.disarm()
        done.set()

    timer = Timer(ring)
    due = time.monotonic_ns() + 3_000_000
    timer.arm(due)
    assert done.wait(60)
    timer.close()
    assert len(rung) == 1
    assert rung[0] >= due


@pytest.mark.parametrize("past_ns", [0, 1, 12345])
def test_a_time_that_is_past_rings_at_once(past_ns: int) -> None:
    done = Event()
    timer = Timer(done.set)
    timer.arm(past_ns)
    assert done.wait(60)
    timer.close()


def test_arming_anew_in_the_callback_rings_again_in_order() -> None:
    start = time.monotonic_ns()
    dues = [start + 1_000_000, start + 1_500_000, start + 1_500_000, start + 4_000_000]
    rung: list[int] = []
    done = Event()

    def ring() -> None:
        assert time.monotonic_ns() >= dues[len(rung)]
        rung.append(dues[len(rung)])
        if len(rung) == len(dues):
            timer.disarm()
            done.set()
        else:
            timer.arm(dues[len(rung)])

    timer = Timer(ring)
    timer.arm(dues[0])
    assert done.wait(60)
    timer.close()
    assert rung == dues


def test_a_disarmed_timer_stays_silent_while_a_later_one_rings() -> None:
    first, second = Event(), Event()
    silent, heard = Timer(first.set), Timer(second.set)
    at = time.monotonic_ns() + 2_000_000
    silent.arm(at)
    heard.arm(at + 2_000_000)
    silent.disarm()
    assert second.wait(60)
    assert not first.is_set()
    silent.close()
    heard.close()


def test_closing_twice_is_allowed() -> None:
    timer = Timer(lambda: None)
    timer.close()
    timer.close()


def test_a_sleep_never_ends_early_and_one_that_is_over_does_not_begin() -> None:
    wake_sharply()
    at = time.monotonic_ns() + 2_000_000
    sleep_until(at)
    assert time.monotonic_ns() >= at
    sleep_until(at)
    sleep_until(0)
