"""Bytes between clients and a store, each piece a constant time later: a network that is farther away.

`python -m loadtests.store_proxy` reads JSON lines, each sent after the answer to the one before. The first
says where to: {"host", "port", "delay_ns"}, and {"certificate", "key"} (files) if clients speak TLS; its
answer is {"port"}. Each further one is answered by itself: {"delay_ns"}; {"holding"}, true for a network that
carries nothing and tells nobody, until false; {"target_port"}, where everybody is led from now on, with all
connections closed. The end of standard input ends it.

One thread and one epoll. A piece read at `t` is sent at `t + delay`, never before; pieces keep their order,
so one queue does for all. The last microseconds are spent in passes that do not sleep: an idle process wakes
up 50 to 100 us late.
"""

import json
import os
import select
import socket
import ssl
import sys
import time
from collections import deque

from authbench.system.timerfd import create_timer, set_timer

_READ_BYTES = 65536
_EARLY_NS = 80_000
"""How long before its end a delay stops sleeping."""
_HANDSHAKE_S = 5.0
_BACKLOG = 512
_CONTROL = 0
"""Standard input: the harness's orders, and its end."""


class _Side:
    """One end of a relayed connection."""

    def __init__(self, connected: socket.socket) -> None:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setblocking(False)
        self.socket = connected
        self.fd = connected.fileno()
        self.unsent = b""
        self.other: _Side
        self.closed = False
        self.watched = True
        """False: it has said its last word, which is held."""


class Relay:
    """Listens on a free loopback port. `delay_ns` is of each direction, and may change between requests."""

    def __init__(self, target: tuple[str, int], delay_ns: int, tls: ssl.SSLContext | None) -> None:
        self.delay_ns = delay_ns
        self._target = target
        self._holding = False
        self._tls = tls
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self.port: int = self._listening.getsockname()[1]
        self._timer = create_timer()
        self._epoll = select.epoll()
        self._sides: dict[int, _Side] = {}
        self._due: deque[tuple[int, _Side, bytes | None]] = deque()
        for fd in (self._listening.fileno(), self._timer, _CONTROL):
            self._epoll.register(fd, select.EPOLLIN)

    def turn(self) -> bool:
        """Wait for the next event and handle all there are; return whether standard input can be read."""
        control = False
        for fd, events in self._epoll.poll(self._patience()):
            if fd == _CONTROL:
                control = True
            elif fd == self._listening.fileno():
                self._accept()
            elif fd == self._timer:
                set_timer(self._timer, 0)  # setting it clears what it had to tell
            elif fd in self._sides:
                self._on_side(self._sides[fd], events)
        now_ns = time.monotonic_ns()
        while self._due and not self._holding and self._due[0][0] <= now_ns:
            _, side, piece = self._due.popleft()
            if piece is None:
                self._close(side)
            else:
                self._deliver(side, piece)
        return control

    def _patience(self) -> float:
        """Seconds for epoll: none while something is nearly due, else until the timer rings."""
        if not self._due or self._holding:
            return -1
        sleep_until_ns = self._due[0][0] - _EARLY_NS
        if sleep_until_ns <= time.monotonic_ns():
            return 0
        set_timer(self._timer, sleep_until_ns)
        return -1

    def hold(self, holding: bool) -> None:
        """Carry nothing in either direction and close nothing, or go on with what has been held.

        A connection that is begun meanwhile is made by the kernel, and carries nothing either.
        """
        if holding != self._holding:
            self._holding = holding
            listening = self._listening.fileno()
            if holding:
                self._epoll.unregister(listening)
            else:
                self._epoll.register(listening, select.EPOLLIN)

    def lead_to(self, port: int) -> None:
        """Close every connection; who connects from now on reaches that port of the same host."""
        self._target = self._target[0], port
        for side in list(self._sides.values()):
            if not side.closed:
                self._close(side)

    def carry_out(self, order: dict[str, int]) -> None:
        """Do what an order says."""
        self.delay_ns = order.get("delay_ns", self.delay_ns)
        if "holding" in order:
            self.hold(bool(order["holding"]))
        if "target_port" in order:
            self.lead_to(order["target_port"])

    def _accept(self) -> None:
        client, _ = self._listening.accept()
        try:
            upstream = socket.create_connection(self._target, timeout=_HANDSHAKE_S)
        except OSError:
            client.close()
            return
        if self._tls is not None:
            # Connections are opened before anything is measured, so others may wait for a handshake.
            client.settimeout(_HANDSHAKE_S)
            try:
                client = self._tls.wrap_socket(client, server_side=True)
            except OSError:
                client.close()
                upstream.close()
                return
        near, far = _Side(client), _Side(upstream)
        near.other, far.other = far, near
        for side in (near, far):
            self._sides[side.fd] = side
            self._epoll.register(side.fd, select.EPOLLIN)

    def _on_side(self, side: _Side, events: int) -> None:
        if events & select.EPOLLOUT:
            self._deliver(side, b"")
        if events & ~select.EPOLLOUT and not side.closed:
            self._receive(side)

    def _receive(self, side: _Side) -> None:
        """All there is: TLS may hold decrypted bytes that epoll does not see. Nothing means the end.

        That end is told at once, and what is on its way is lost; while the network is held it is kept.
        """
        due_ns = time.monotonic_ns() + self.delay_ns
        while True:
            try:
                piece = side.socket.recv(_READ_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError):
                return
            except OSError:
                piece = b""
            if not piece and self._holding:
                # As TCP does it: what was sent before the end arrives before it, once the network works.
                self._epoll.unregister(side.fd)
                side.watched = False
                self._due.append((due_ns, side.other, None))
                return
            if not piece:
                self._close(side)
                return
            self._due.append((due_ns, side.other, piece))
            if self._tls is None:
                return

    def _deliver(self, side: _Side, piece: bytes) -> None:
        if side.closed:
            return
        side.unsent += piece
        try:
            while side.unsent:
                side.unsent = side.unsent[side.socket.send(side.unsent) :]
        except (BlockingIOError, ssl.SSLWantWriteError):
            pass
        except OSError:
            self._close(side)
            return
        if side.watched:
            waiting = select.EPOLLOUT if side.unsent else 0
            self._epoll.modify(side.fd, select.EPOLLIN | waiting)

    def _close(self, side: _Side) -> None:
        """Close both ends. What is still on its way is lost, as on a network that breaks."""
        for end in (side, side.other):
            if not end.closed:
                end.closed = True
                if end.watched:
                    self._epoll.unregister(end.fd)
                del self._sides[end.fd]
                end.socket.close()


def main() -> int:
    """Relay until nobody gives orders any more; the exit status."""
    order = json.loads(os.read(sys.stdin.fileno(), _READ_BYTES))
    tls = None
    if "certificate" in order:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(order["certificate"], order["key"])
    relay = Relay((order["host"], order["port"]), order["delay_ns"], tls)
    _say(port=relay.port)
    while True:
        if relay.turn():
            line = os.read(sys.stdin.fileno(), _READ_BYTES)
            if not line:
                return 0
            order = json.loads(line)
            relay.carry_out(order)
            _say(**order)


def _say(**members: int) -> None:
    print(json.dumps(members), flush=True)


if __name__ == "__main__":
    sys.exit(main())
