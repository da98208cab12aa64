"""The server's own count of requests inside it."""

import asyncio
from typing import Any

import pytest

from servers.process import in_flight
from servers.process.in_flight import InFlight


class Clock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now_ns = 1_000

    def monotonic_ns(self) -> int:
        return self.now_ns


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(in_flight, "time", clock)
    return clock


async def _nothing(*_: Any) -> Any:
    return None


def test_two_overlapping_requests(clock: Clock) -> None:
    gates = [asyncio.Event(), asyncio.Event()]
    waiting = iter(gates)

    async def app(*_: Any) -> None:
        await next(waiting).wait()

    async def play() -> list[int]:
        gauge = InFlight(app)
        seen = [gauge.integral_ns()]
        first = asyncio.ensure_future(gauge({}, _nothing, _nothing))
        await asyncio.sleep(0)
        clock.now_ns += 10  # one inside
        seen.append(gauge.integral_ns())
        second = asyncio.ensure_future(gauge({}, _nothing, _nothing))
        await asyncio.sleep(0)
        clock.now_ns += 5  # two inside
        seen.append(gauge.integral_ns())
        gates[0].set()
        await first
        clock.now_ns += 7  # one inside
        gates[1].set()
        await second
        clock.now_ns += 100  # none inside
        seen.append(gauge.integral_ns())
        return seen

    assert asyncio.run(play()) == [0, 10, 20, 27]


def test_a_request_that_fails_has_left(clock: Clock) -> None:
    async def app(*_: Any) -> None:
        clock.now_ns += 3
        raise ValueError("broken")

    async def play() -> int:
        gauge = InFlight(app)
        with pytest.raises(ValueError, match="broken"):
            await gauge({}, _nothing, _nothing)
        clock.now_ns += 100
        return gauge.integral_ns()

    assert asyncio.run(play()) == 3
