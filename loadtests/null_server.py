"""A server that costs next to nothing, so that what is measured is the generator's cost.

`python -m loadtests.null_server` prints one JSON line with its port and serves until EOF on stdin. It knows
only requests without a body, and sends the head of a reply and then its body, as uvicorn does.
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
_REQUEST_END = b"\r\n\r\n"


class NullServer:
    """One thread, one epoll, sockets that never wait to be written to: replies are small and read."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port: int = self._listening.getsockname()[1]
        self._peers: dict[int, socket.socket] = {}
        self._epoll = select.epoll()
        self._epoll.register(self._listening, select.EPOLLIN)
        self._epoll.register(sys.stdin, select.EPOLLIN)

    def run(self) -> None:
        while True:
            for fd, _ in self._epoll.poll():
                if fd in self._peers:
                    self._serve(fd)
                elif fd == self._listening.fileno():
                    self._accept()
                elif not sys.stdin.readline():
                    return

    def _accept(self) -> None:
        peer, _ = self._listening.accept()
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peers[peer.fileno()] = peer
        self._epoll.register(peer, select.EPOLLIN)

    def _serve(self, fd: int) -> None:
        peer = self._peers[fd]
        try:
            received = peer.recv(65536)
            # Small requests over loopback come whole; one at a time on a connection.
            if received.endswith(_REQUEST_END):
                peer.send(_HEAD)
                peer.send(BODY)
                return
        except ConnectionError:
            received = b""
        if not received:
            self._epoll.unregister(fd)
            self._peers.pop(fd).close()


def main() -> None:
    """Print the port, then serve until stdin ends."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    server = NullServer()
    print(json.dumps({"port": server.port}), flush=True)
    server.run()


if __name__ == "__main__":
    main()
