"""An alarm that gevent's loop watches and that rings on time.

libev's own timers under epoll are rounded up to whole milliseconds (0.7 ms late at the median). A timerfd is
a descriptor like any other: the kernel makes it readable when its nanosecond comes (0.1 ms at the median).
"""

import ctypes
import os
import time
from collections.abc import Callable

import gevent
from gevent.monkey import get_original

from authbench.system.timerfd import create_timer, set_timer

_READ = 1
_EARLIEST_NS = 1  # an all-zero time would disarm the timer instead of ringing at once

_NS_PER_S = 1_000_000_000
_PR_SET_TIMERSLACK = 29  # <sys/prctl.h>
_libc = ctypes.CDLL(None, use_errno=True)
_really_sleep = get_original("time", "sleep")


def wake_sharply() -> None:
    """Let sleeps of this thread end on time: the kernel rounds them up by 50 us otherwise (prctl(2)).

    OSError if the kernel refuses.
    """
    if _libc.prctl(_PR_SET_TIMERSLACK, 1):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def sleep_until(at_ns: int) -> None:
    """Put the whole process to sleep, every greenlet of it, until a monotonic time. Nothing if it is past."""
    rest_ns = at_ns - time.monotonic_ns()
    if rest_ns > 0:
        _really_sleep(rest_ns / _NS_PER_S)


class Timer:
    """Calls `ring` from the loop when the armed time has come. Times are those of time.monotonic_ns().

    `ring` runs in the hub: it must not block, and must not raise (gevent would only print it).
    After ringing it rings again in the next pass of the loop until it is armed anew or disarmed:
    setting a timerfd also clears what it had to tell (timerfd_create(2)), so no read is needed.
    """

    def __init__(self, ring: Callable[[], None]) -> None:
        self._fd = create_timer()
        loop = gevent.get_hub().loop
        # Before sockets that became readable in the same pass: reading them first would make it late.
        self._watcher = loop.io(self._fd, _READ, priority=loop.MAXPRI)
        self._watcher.start(ring)

    def arm(self, at_ns: int) -> None:
        """Ring at `at_ns`, at once if that is past; forgets the time armed before."""
        set_timer(self._fd, max(at_ns, _EARLIEST_NS))

    def disarm(self) -> None:
        set_timer(self._fd, 0)

    def close(self) -> None:
        """Closing twice is allowed."""
        if self._fd >= 0:
            self._watcher.stop()
            self._watcher.close()
            os.close(self._fd)
            self._fd = -1
