"""Bytes fed by hand, at the worst moment: order, damage, deadlines. `test_tracking.py` has a real Redis."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from servers.contract.claims import new_claims
from servers.contract.errors import StoreUnavailable
from servers.stores.near_cache.cache import NearCache
from servers.stores.near_cache.sessions import forgetting
from servers.stores.near_cache.tracking_connection import TrackingConnection
from tests.servers.stores.session_stores import run

CHANGED = b">2\r\n$10\r\ninvalidate\r\n*2\r\n$3\r\np:a\r\n$3\r\np:b\r\n"
ALL_CHANGED = b">2\r\n$10\r\ninvalidate\r\n_\r\n"
VALUE = b"$5\r\nvalue\r\n"


class Wire(asyncio.Transport):
    """Takes what is written; nothing comes back but what a test feeds."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def abort(self) -> None:
        self.aborted = True


class Heard:
    """A connection over a `Wire`, and what it told, in order."""

    def __init__(self, deadline_s: float) -> None:
        self.told: list[object] = []
        self.wire = Wire()
        self.connection = TrackingConnection(deadline_s, self.told.append, lambda: self.told.append("lost"))
        self.connection.connection_made(self.wire)

    def ask(self) -> "asyncio.Future[object]":
        return self.connection.ask("GET", "p:a")


class Leaping(asyncio.SelectorEventLoop):
    """A loop whose clock a test moves on."""

    ahead_s = 0.0

    def time(self) -> float:
        return super().time() + self.ahead_s

    async def leap(self, seconds: float) -> None:
        """Let time pass, and let whatever is due by then be done."""
        self.ahead_s += seconds
        for _ in range(3):  # timers, and what they call, have their turns
            await asyncio.sleep(0)


def with_wire(work: Callable[[Heard], Awaitable[None]], deadline_s: float = 5.0) -> None:
    async def inside() -> None:
        heard = Heard(deadline_s)
        await work(heard)
        heard.connection.close("the test is over")

    run(inside())


def test_replies_answer_in_order_and_news_stands_between_them() -> None:
    async def work(heard: Heard) -> None:
        first, second, third = heard.ask(), heard.ask(), heard.ask()
        assert heard.wire.written == b"*2\r\n$3\r\nGET\r\n$3\r\np:a\r\n" * 3
        # In one piece, and then again byte by byte.
        heard.connection.data_received(VALUE + CHANGED + b"_\r\n" + ALL_CHANGED)
        assert (await first, await second) == (b"value", None)
        assert heard.told == [["p:a", "p:b"], None]
        for byte in CHANGED + VALUE:
            heard.connection.data_received(bytes([byte]))
        assert await third == b"value"
        assert heard.told == [["p:a", "p:b"], None, ["p:a", "p:b"]]

    with_wire(work)


def test_news_that_comes_with_the_value_is_newer_than_the_value() -> None:
    """The coroutine that waits for a value runs after both were read: it must not keep what is gone."""

    async def work(heard: Heard) -> None:
        cache, claims = NearCache(10), new_claims("alice", "user", 60)
        heard.connection = TrackingConnection(5, forgetting(cache, "p:"), lambda: None)
        heard.connection.connection_made(heard.wire)
        for news, kept in ((CHANGED, None), (ALL_CHANGED, None), (b"", claims)):
            reading, future = cache.begin("a"), heard.ask()
            heard.connection.data_received(VALUE + news)
            assert await future == b"value"
            cache.keep(reading, claims)
            assert cache.get("a") is kept
        heard.connection.data_received(CHANGED)
        assert cache.get("a") is None

    with_wire(work)


def test_other_pushed_messages_mean_nothing() -> None:
    async def work(heard: Heard) -> None:
        waiting = heard.ask()
        heard.connection.data_received(b">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n" + VALUE)
        assert await waiting == b"value"
        assert heard.told == []

    with_wire(work)


def test_an_error_reply_is_unavailability_and_not_the_end() -> None:
    async def work(heard: Heard) -> None:
        refused, good = heard.ask(), heard.ask()
        heard.connection.data_received(b"-LOADING not yet\r\n" + VALUE)
        with pytest.raises(StoreUnavailable, match="LOADING"):
            await refused
        assert await good == b"value"
        assert heard.told == []

    with_wire(work)


def test_a_cancelled_reader_mixes_up_nothing() -> None:
    async def work(heard: Heard) -> None:
        gone, stays = heard.ask(), heard.ask()
        gone.cancel()
        heard.connection.data_received(b"$3\r\nold\r\n" + VALUE)
        assert await stays == b"value"

    with_wire(work)


@pytest.mark.parametrize(
    "damage",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        VALUE * 2,
        b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\n\xff\r\n",
    ],
    ids=["no RESP", "a reply nobody asked for", "a key that is no text"],
)
def test_damage_ends_the_connection(damage: bytes) -> None:
    async def work(heard: Heard) -> None:
        waiting = heard.ask()
        heard.connection.data_received(damage)
        assert heard.told == ["lost"]
        assert heard.wire.aborted
        await asyncio.wait([waiting])
        with pytest.raises(StoreUnavailable):
            heard.ask()
        # What is still in a buffer somewhere is not listened to.
        heard.connection.data_received(CHANGED)
        assert heard.told == ["lost"]

    with_wire(work)


def test_one_missed_deadline_is_the_end_for_all_who_wait() -> None:
    async def work(heard: Heard) -> None:
        waiting = [heard.ask() for _ in range(3)]
        heard.connection.data_received(VALUE)
        assert await waiting[0] == b"value"
        for late in waiting[1:]:
            with pytest.raises(StoreUnavailable, match="no answer within 50 ms"):
                await late
        assert heard.told == ["lost"]

    with_wire(work, deadline_s=0.05)


def test_an_answer_in_time_moves_the_deadline_on() -> None:
    async def work(loop: Leaping) -> None:
        heard = Heard(350)
        first = heard.ask()
        await loop.leap(200)
        second = heard.ask()
        heard.connection.data_received(VALUE)
        assert await first == b"value"
        # The first one's deadline passes; the second one's has not come.
        await loop.leap(200)
        heard.connection.data_received(VALUE)
        assert await second == b"value"
        assert heard.told == []
        third = heard.ask()
        await loop.leap(400)
        with pytest.raises(StoreUnavailable, match="no answer within 350000 ms"):
            await third
        assert heard.told == ["lost"]

    with asyncio.Runner(loop_factory=Leaping) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, Leaping)
        runner.run(work(loop))


def test_it_is_lost_once_and_says_why() -> None:
    async def work(heard: Heard) -> None:
        waiting = heard.ask()
        heard.connection.connection_lost(None)
        heard.connection.connection_lost(OSError("reset"))
        with pytest.raises(StoreUnavailable, match="Redis closed the connection"):
            await waiting
        assert heard.told == ["lost"]

    with_wire(work)
