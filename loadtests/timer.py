"""An alarm that gevent's loop watches and that rings on time.

libev's own timers under epoll are rounded up to whole milliseconds (0.7 ms late at the median). A timerfd is
a descriptor like any other: the kernel makes it readable when its nanosecond comes (0.1 ms at the median).
"""

import ctypes
import os
import sys
import time
from collections.abc import Callable

import gevent

_NS_PER_S = 1_000_000_000
_READ = 1
_EARLIEST_NS = 1  # an all-zero time would disarm the timer instead of ringing at once

if sys.version_info >= (3, 13):

    def create_timer() -> int:
        """A disarmed timerfd: readable once its time has come. The caller closes it."""
        return os.timerfd_create(time.CLOCK_MONOTONIC, flags=os.TFD_NONBLOCK | os.TFD_CLOEXEC)

    def set_timer(fd: int, at_ns: int) -> None:
        """Set it to a monotonic time, or disarm it with 0. Forgets the time set before."""
        os.timerfd_settime_ns(fd, flags=os.TFD_TIMER_ABSTIME, initial=at_ns)

else:
    _libc = ctypes.CDLL(None, use_errno=True)
    # <sys/timerfd.h>: the flags are those of open(2); struct itimerspec is four longs, interval then value.
    _FLAGS = os.O_NONBLOCK | os.O_CLOEXEC
    _TFD_TIMER_ABSTIME = 1
    # One for all timers: the kernel reads it within the call. Address and declared types save a third of it.
    _spec = (ctypes.c_long * 4)()
    _spec_address = ctypes.addressof(_spec)
    _libc.timerfd_settime.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)

    def _checked(result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result

    def create_timer() -> int:
        """A disarmed timerfd: readable once its time has come. The caller closes it."""
        return _checked(_libc.timerfd_create(time.CLOCK_MONOTONIC, _FLAGS))

    def set_timer(fd: int, at_ns: int) -> None:
        """Set it to a monotonic time, or disarm it with 0. Forgets the time set before."""
        _spec[2], _spec[3] = divmod(at_ns, _NS_PER_S)
        _checked(_libc.timerfd_settime(fd, _TFD_TIMER_ABSTIME, _spec_address, None))


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
        """Do not ring."""
        set_timer(self._fd, 0)

    def close(self) -> None:
        """Give the descriptor back. Closing twice is allowed."""
        if self._fd >= 0:
            self._watcher.stop()
            self._watcher.close()
            os.close(self._fd)
            self._fd = -1
