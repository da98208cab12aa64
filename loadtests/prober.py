"""Probe credentials through every worker process of a server, many times a second: when are they refused?

`python -m loadtests.prober` carries out the orders of `authbench.contracts.security.prober_protocol` until
EOF. One thread, one event loop, kept connections: a probe costs one send and one receive. A connection that
breaks, or does not answer within `_PATIENCE_S`, is not opened again: another one could be accepted by another
worker process.

A probe follows Set-Cookie as a browser does, and as a thief with a copied cookie would: what a scheme renews
is presented renewed.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from authbench.contracts.message import ErrorReply, Message, OrderError, Reply, read_order
from authbench.contracts.security.prober_protocol import (
    ORDERS,
    Accepted,
    Connected,
    ConnectOrder,
    EndOrder,
    Order,
    SalvoOrder,
    TargetOrder,
    Watched,
    WatchOrder,
)
from authbench.contracts.security.timeline import Probe, Verdict
from loadtests.http.framing import HEAD_END, Malformed, may_begin_reply, parse_head

_PATIENCE_S = 2.0
"""For one reply. Longer than any deadline of a server's store."""
_LINE_MAX_BYTES = 1 << 22
_REFUSALS = (401, 403)
_now_ns = time.monotonic_ns


@dataclass
class Watch:
    """One credential that is probed."""

    number: int
    slot: int
    path: str
    headers: list[dict[str, str]]
    """By worker process: each renews cookies for itself."""
    every_ns: int
    probes: list[list[Probe]]
    end: EndOrder | None = None
    refused_since_ns: list[int | None] = field(default_factory=list)
    """By worker process: since when everything sent was refused; None: the last conclusive one was not."""
    renewals: list[int] = field(default_factory=list)
    """By worker process: how often its credential was renewed."""
    unaccepted: set[int] = field(default_factory=set)
    """Worker processes that have not accepted it yet."""
    over: bool = False

    def record(self, worker: int, renewal: int, sent_ns: int, verdict: Verdict) -> None:
        """Note what came of one probe."""
        self.probes[worker].append(Probe(sent_ns, _now_ns(), verdict, renewal))
        if verdict is Verdict.ACCEPTED:
            self.refused_since_ns[worker] = None
        elif verdict is Verdict.REFUSED and self.refused_since_ns[worker] is None:
            self.refused_since_ns[worker] = sent_ns

    def settled(self, now_ns: int) -> bool:
        """Whether there is nothing left to wait for."""
        if self.end is None:
            return False
        if now_ns >= self.end.until_ns:
            return True
        for since_ns in self.refused_since_ns:
            if since_ns is None or now_ns - max(since_ns, self.end.after_ns) < self.end.settled_ns:
                return False
        return True


class Connection(asyncio.Protocol):
    """One kept connection to one worker process: idle, or busy with one request."""

    def __init__(self, authority: str, worker: int, told: Callable[[Message], None]) -> None:
        """`told` is called with what the harness waits for."""
        self.worker = worker
        self._told = told
        self.lost = False
        self._authority = authority
        self._transport: asyncio.Transport
        self._received = b""
        self._watch: Watch | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._sent_ns = 0
        self._renewal = 0

    @property
    def idle(self) -> bool:
        return self._watch is None and not self.lost

    @property
    def port(self) -> int:
        """The local port of the connection."""
        return int(self._transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a stream
        self._transport = transport

    async def use_once(self) -> None:
        """Ask for what needs no credential: a new connection that asks nothing is closed by the server."""
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(_request("/public", self._authority, {}))
        await asyncio.wait_for(self._waiting, _PATIENCE_S)

    def probe(self, watch: Watch) -> None:
        """Send the watched credential."""
        self._watch = watch
        self._renewal = watch.renewals[self.worker]
        request = _request(watch.path, self._authority, watch.headers[self.worker])
        self._sent_ns = _now_ns()
        self._transport.write(request)

    def give_up_if_late(self, now_ns: int) -> None:
        """Close it if its reply takes too long: that probe stays unknown."""
        if self._watch is not None and now_ns - self._sent_ns > _PATIENCE_S * 1e9:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._received += data
        at = self._received.find(HEAD_END)
        if at < 0:
            if not may_begin_reply(self._received):
                self._transport.abort()
            return
        try:
            head = parse_head(self._received[: at + len(HEAD_END)])
        except Malformed:
            self._transport.abort()
            return
        if len(self._received) < head.head_bytes + head.body_bytes:
            return
        text, self._received = self._received[: head.head_bytes], b""
        if self._waiting is not None:
            self._waiting.set_result(None)
            self._waiting = None
        elif self._watch is not None:
            watch, self._watch = self._watch, None
            verdict = _verdict(head.status)
            watch.record(self.worker, self._renewal, self._sent_ns, verdict)
            if head.status == 200 and b"set-cookie:" in text.lower():
                watch.headers[self.worker] = renewed(watch.headers[self.worker], text)
                watch.renewals[self.worker] += 1
            if verdict is Verdict.ACCEPTED and self.worker in watch.unaccepted:
                watch.unaccepted.discard(self.worker)
                if not watch.unaccepted:
                    self._told(Accepted(watch=watch.number))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - it is lost in any case
        self.lost = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionError("the server closed a new connection"))
        if self._watch is not None:
            watch, self._watch = self._watch, None
            watch.record(self.worker, self._renewal, self._sent_ns, Verdict.UNKNOWN)

    def close(self) -> None:
        self._transport.abort()


def _verdict(status: int) -> Verdict:
    if status == 200:
        return Verdict.ACCEPTED
    return Verdict.REFUSED if status in _REFUSALS else Verdict.UNKNOWN


def _request(path: str, authority: str, headers: dict[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: {authority}", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join(lines).encode("latin-1") + HEAD_END


def renewed(headers: dict[str, str], head: bytes) -> dict[str, str]:
    """The headers after a reply with this head: cookies that it sets replace those of the same name."""
    pairs = [pair.partition("=")[::2] for pair in headers.get("Cookie", "").split("; ") if pair]
    cookies = dict(pairs)
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "set-cookie":
            cookie, _, content = value.strip().partition(";")[0].partition("=")
            if content:
                cookies[cookie] = content
            else:
                cookies.pop(cookie, None)
    return {**headers, "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}


class Prober:
    """The connections to one server, and the credentials that are watched."""

    def __init__(self) -> None:
        self._address = ("", 0)
        self._slots: list[list[Connection]] = []
        """By worker process, then by slot."""
        self._spare: list[list[Connection]] = []
        self._watches: dict[int, Watch] = {}
        # A reply may be longer than a pipe holds: whoever is slow to read it must not hold up the probes.
        self._writer = ThreadPoolExecutor(1)

    @property
    def _all(self) -> list[Connection]:
        return [each for connections in (*self._slots, *self._spare) for each in connections]

    def say(self, message: Message) -> None:
        """Send a reply, after those before it."""
        self._writer.submit(self._write, message)

    def _write(self, message: Message) -> None:
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.buffer.write(message.line())
            sys.stdout.buffer.flush()

    async def carry_out(self, order: Order) -> None:
        """Do what the harness asks. OrderError if it cannot be done."""
        match order:
            case TargetOrder():
                self._forget()
                self._address = (order.host, order.port)
                self.say(Reply())
            case ConnectOrder():
                self.say(await self._connect(order))
            case WatchOrder():
                self._begin(order)
            case SalvoOrder():
                loop = asyncio.get_running_loop()
                for number, at_ns in enumerate(order.at_ns):
                    later_s = max(0, at_ns - _now_ns()) / 1e9
                    loop.call_later(later_s, self._shoot, self._watches[order.watch], number)
            case EndOrder():
                self._watches[order.watch].end = order

    def _forget(self) -> None:
        for watch in self._watches.values():
            watch.over = True
        for connection in self._all:
            connection.close()
        self._slots, self._spare, self._watches = [], [], {}

    async def _connect(self, order: ConnectOrder) -> Connected:
        authority = f"{self._address[0]}:{self._address[1]}"
        loop = asyncio.get_running_loop()
        made: list[Connection] = []
        try:
            for _ in range(order.slots + order.spare):
                _, connection = await loop.create_connection(
                    lambda: Connection(authority, order.worker, self.say), *self._address
                )
                made.append(connection)
                await connection.use_once()
        except (OSError, TimeoutError) as error:
            raise OrderError(f"worker {order.worker} of {authority} does not answer: {error}") from None
        self._slots.append(made[: order.slots])
        self._spare.append(made[order.slots :])
        return Connected(ports=[connection.port for connection in made])

    def _begin(self, order: WatchOrder) -> None:
        workers = len(self._slots)
        watch = Watch(
            order.watch,
            order.slot,
            order.path,
            [dict(order.headers) for _ in range(workers)],
            order.every_ns,
            [[] for _ in range(workers)],
            refused_since_ns=[None] * workers,
            renewals=[0] * workers,
            unaccepted=set(range(workers)),
        )
        self._watches[order.watch] = watch
        for worker in range(workers):
            # Round robin: the worker processes are asked one after another, evenly over the period.
            self._tick(watch, worker, _now_ns() + worker * order.every_ns // workers)

    def _tick(self, watch: Watch, worker: int, due_ns: int) -> None:
        """Wait until `due_ns`, probe, and plan the next one. A probe under way is not doubled."""
        loop = asyncio.get_running_loop()

        def ring() -> None:
            now_ns = _now_ns()
            if watch.over:
                return
            if watch.settled(now_ns):
                self._finish(watch, now_ns)
                return
            connection = self._slots[worker][watch.slot]
            connection.give_up_if_late(now_ns)
            if connection.idle:
                connection.probe(watch)
            self._tick(watch, worker, max(due_ns + watch.every_ns, now_ns))

        loop.call_later(max(0, due_ns - _now_ns()) / 1e9, ring)

    def _shoot(self, watch: Watch, number: int) -> None:
        if watch.over:
            return
        spare = self._spare[number % len(self._spare)]
        idle = next((connection for connection in spare if connection.idle), None)
        if idle is not None:
            idle.probe(watch)

    def _finish(self, watch: Watch, now_ns: int) -> None:
        watch.over = True
        del self._watches[watch.number]
        self.say(Watched(watch=watch.number, watched_until_ns=now_ns, probes=watch.probes))


async def serve() -> None:
    """Carry out orders until EOF."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_LINE_MAX_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    prober = Prober()
    while line := await reader.readline():
        try:
            await prober.carry_out(read_order(line, ORDERS))
        except OrderError as error:
            prober.say(ErrorReply(error=str(error)))


if __name__ == "__main__":
    asyncio.run(serve())
