"""A second client, in a process of its own, that asks the same server a few times a second.

`python -m loadtests.second_client` shares no code with the load generator on purpose: blocking sockets, one
request at a time, its own idea of when a reply is whole. If the generator's clock or callbacks lie, the two
disagree. It carries out the orders of `authbench.contracts.second_client_protocol` until EOF.
"""

import itertools
import socket
import ssl
import sys
import time

from authbench.contracts.message import Reply, read_order
from authbench.contracts.records import ProbeReading
from authbench.contracts.second_client_protocol import ORDERS, TargetOrder, WatchOrder

_TIMEOUT_S = 5.0
_HEAD_END = b"\r\n\r\n"


class Target:
    """One server, and the requests to send to it in turn."""

    def __init__(self, order: TargetOrder) -> None:
        self._address = (order.host, order.port)
        self._authority = f"{order.host}:{order.port}"
        self._trust = ssl.create_default_context(cafile=order.authority) if order.authority else None
        self._fresh = order.fresh
        self._socket: socket.socket | None = None
        laid_out = []
        for request in order.requests:
            headers = {"Host": self._authority, **request.headers}
            lines = [f"GET {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
            expected = None if request.expect is None else request.expect.encode()
            laid_out.append(("\r\n".join(lines).encode() + _HEAD_END, request.status, expected))
        self._requests = itertools.cycle(laid_out)
        self._opening = order.opening

    def connect(self) -> socket.socket:
        """The open connection, or a new one. OSError if none can be made."""
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=_TIMEOUT_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._trust is not None:
                self._socket = self._trust.wrap_socket(self._socket, server_hostname=self._address[0])
        return self._socket

    def connect_ahead(self) -> None:
        """Open the connection before it is needed, where one is kept. A failure is left to the request."""
        if self._fresh:
            return
        try:
            self.connect()
        except OSError:
            self.close()

    def use_once(self) -> None:
        """Connect, and ask for what is no endpoint. OSError if there is no reply.

        A server closes a new connection that asks nothing after some seconds.
        """
        connection = self.connect()
        connection.sendall(f"GET {self._opening} HTTP/1.1\r\nHost: {self._authority}\r\n\r\n".encode())
        self._read_reply(connection)
        if self._fresh:
            self.close()

    def ask(self) -> tuple[bool, int]:
        """One request: whether the right answer came, and how long it took in ns."""
        request, right, expected = next(self._requests)
        began_ns = time.monotonic_ns()
        connection = self.connect()
        if not self._fresh:
            began_ns = time.monotonic_ns()
        connection.sendall(request)
        status, body = self._read_reply(connection)
        took_ns = time.monotonic_ns() - began_ns
        if self._fresh:
            self.close()
        return status == right and expected in (None, body), took_ns

    def _read_reply(self, connection: socket.socket) -> tuple[int, bytes]:
        received = b""
        while _HEAD_END not in received:
            received += _more(connection)
        head, _, body = received.partition(_HEAD_END)
        lines = head.decode("latin-1").split("\r\n")
        length = next(int(line[15:]) for line in lines if line.lower().startswith("content-length:"))
        while len(body) < length:
            body += _more(connection)
        return int(lines[0].split(" ")[1]), body

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _more(connection: socket.socket) -> bytes:
    chunk = connection.recv(65536)
    if not chunk:
        raise ConnectionError("the server closed the connection")
    return chunk


def watch(target: Target, at_ns: list[int]) -> ProbeReading:
    """Send one request at each moment, late rather than never; what came of it."""
    sent = accepted = 0
    service_ns = []
    target.connect_ahead()
    cpu_ns = time.process_time_ns()
    for moment in at_ns:
        time.sleep(max(moment - time.monotonic_ns(), 0) / 1e9)
        sent += 1
        try:
            right, took_ns = target.ask()
        except TimeoutError:  # whoever does not answer once is not waited for again
            target.close()
            break
        except (OSError, ValueError, IndexError, StopIteration):  # no reply, or none of HTTP
            target.close()
            continue
        if right:
            accepted += 1
            service_ns.append(took_ns)
    cpu_ns = time.process_time_ns() - cpu_ns
    return ProbeReading(sent=sent, accepted=accepted, service_ns=service_ns, cpu_ns=cpu_ns)


def main() -> None:
    """Carry out orders until EOF."""
    targets: dict[str, Target] = {}
    for line in sys.stdin:
        order = read_order(line, ORDERS)
        reply: Reply | ProbeReading = Reply()
        if isinstance(order, WatchOrder):
            reply = watch(targets[order.arm], order.at_ns)
        else:
            if order.arm in targets:
                targets.pop(order.arm).close()
            targets[order.arm] = Target(order)
            targets[order.arm].use_once()
        print(reply.model_dump_json(), flush=True)


if __name__ == "__main__":
    main()
