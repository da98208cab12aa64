import os
import select
import time

from authbench.system.timerfd import create_timer, set_timer


def _rings(fd: int, within_ms: int) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(within_ms))


def test_it_is_readable_once_its_time_has_come_and_not_before() -> None:
    fd = create_timer()
    due = time.monotonic_ns() + 2_000_000
    set_timer(fd, due)
    assert _rings(fd, 60_000)
    assert time.monotonic_ns() >= due
    os.close(fd)


def test_setting_it_anew_or_disarming_it_silences_what_it_had_to_tell() -> None:
    fd = create_timer()
    set_timer(fd, 1)
    assert _rings(fd, 60_000)
    set_timer(fd, time.monotonic_ns() + 3_600_000_000_000)
    assert not _rings(fd, 0)
    set_timer(fd, 0)
    assert not _rings(fd, 0)
    os.close(fd)
