"""A timer that is a descriptor: the kernel makes it readable when its nanosecond comes (timerfd_create(2)).

Event loops round their own timers to whole milliseconds; a descriptor they only watch. Python has the calls
from 3.13 on, so earlier ones reach them through the C library.
"""

import ctypes
import os
import sys
import time

_NS_PER_S = 1_000_000_000

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
