"""Which sockets can be read or written: one epoll of our own, itself watched by gevent's loop.

An epoll is a descriptor like any other, readable when something in it is ready (epoll(7)). So the loop calls
us once for all sockets that are ready together, and none of them costs a watcher, a callback of libev or a
greenlet. Level-triggered: what one turn leaves undone is reported again in the next.
"""

import select
from collections.abc import Callable

import gevent
from gevent.monkey import get_original

READ, WRITE = select.EPOLLIN, select.EPOLLOUT
_WATCH_READ = 1
# A turn of 64 replies takes about half a millisecond; then what is due is sent before more is read.
_AT_ONCE = 64

# Locust's patches take epoll away: to wait in it would stop every greenlet. A turn never waits.
_epoll: "type[select.epoll]" = get_original("select", "epoll")

Ready = Callable[[int], None]
"""Told the epoll events of its socket: EPOLLERR and EPOLLHUP come unasked (epoll_ctl(2))."""


class Readiness:
    """Calls back what is ready. Callbacks run in the hub: they must neither block nor raise."""

    def __init__(self) -> None:
        self._epoll = _epoll()
        self._ready: dict[int, Ready] = {}
        # Descriptors forgotten in this turn: the kernel may have given the number to a new socket since, and
        # what this turn still has to tell is about the old one.
        self._stale: set[int] = set()
        self._watcher = gevent.get_hub().loop.io(self._epoll.fileno(), _WATCH_READ)
        self._watcher.start(self.turn)

    def __len__(self) -> int:
        return len(self._ready)

    def watch(self, fd: int, events: int, ready: Ready) -> None:
        """Call `ready` while one of `events` is there. OSError if the kernel cannot watch it."""
        self._epoll.register(fd, events)
        self._ready[fd] = ready

    def change(self, fd: int, events: int, ready: Ready) -> None:
        """Wait for other events, or call something else."""
        self._epoll.modify(fd, events)
        self._ready[fd] = ready

    def forget(self, fd: int) -> None:
        """Do not call again, not even for what is ready now. Before the descriptor is closed."""
        self._epoll.unregister(fd)
        del self._ready[fd]
        self._stale.add(fd)

    def turn(self) -> None:
        """Call back for what is ready now; returns at once if nothing is."""
        ready, stale = self._ready, self._stale
        stale.clear()
        for fd, events in self._epoll.poll(0, _AT_ONCE):
            if stale and fd in stale:
                continue
            ready[fd](events)

    def close(self) -> None:
        """Closing twice is allowed; nothing may be watched any more."""
        if not self._epoll.closed:
            self._watcher.stop()
            self._watcher.close()
            self._epoll.close()
