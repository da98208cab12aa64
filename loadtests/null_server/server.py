"""A server that costs next to nothing, so that what a benchmark sees is the generator's cost.

`python -m loadtests.null_server` prints one JSON line: the ports. On `one_segment` a reply is sent
at once, on `two_segments` the head and then the body, as uvicorn does. It knows only requests without a body.
Each line on stdin is answered with `{"answered": ...}`, the requests so far; EOF ends it.
"""

import json
import resource
import select
import socket
import sys

TOKEN_BYTES = 300
"""Length of the credential every generator sends here: about that of a small JWT."""
BODY = b'{"sub":"alice","scope":["user"]}'
_HEAD = (
    b"HTTP/1.1 200 OK\r\ndate: Mon, 23 Nov 2026 12:00:00 GMT\r\n"
    b"cache-control: no-store\r\ncontent-length: %d\r\ncontent-type: application/json\r\n\r\n" % len(BODY)
)
_SEGMENTS = {"one_segment": [_HEAD + BODY], "two_segments": [_HEAD, BODY]}
_REQUEST_END = b"\r\n\r\n"


class NullServer:
    """One thread, one epoll, sockets that never wait to be written to: replies are small and read."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._listening: dict[int, tuple[socket.socket, list[bytes]]] = {}
        self._peers: dict[int, tuple[socket.socket, list[bytes]]] = {}
        self._answered = 0
        self.ports = {}
        for name, segments in _SEGMENTS.items():
            listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
            self._listening[listening.fileno()] = (listening, segments)
            self._epoll.register(listening, select.EPOLLIN)
            self.ports[name] = listening.getsockname()[1]

    def run(self) -> None:
        """Serve until EOF on stdin."""
        self._epoll.register(sys.stdin, select.EPOLLIN)
        while True:
            for fd, _ in self._epoll.poll():
                if fd in self._peers:
                    self._serve(fd)
                elif fd in self._listening:
                    self._accept(fd)
                elif not sys.stdin.readline():
                    return
                else:
                    print(json.dumps({"answered": self._answered}), flush=True)

    def _accept(self, fd: int) -> None:
        listening, segments = self._listening[fd]
        peer, _ = listening.accept()
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peers[peer.fileno()] = (peer, segments)
        self._epoll.register(peer, select.EPOLLIN)

    def _serve(self, fd: int) -> None:
        peer, segments = self._peers[fd]
        try:
            received = peer.recv(65536)
            # Small requests over loopback come whole; one at a time on a connection.
            if received.endswith(_REQUEST_END):
                for segment in segments:
                    peer.send(segment)
                self._answered += 1
                return
        except ConnectionError:
            received = b""
        if not received:
            self._epoll.unregister(fd)
            self._peers.pop(fd)[0].close()


def main() -> None:
    """Print the ports, then serve until stdin ends."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    server = NullServer()
    print(json.dumps(server.ports), flush=True)
    server.run()
