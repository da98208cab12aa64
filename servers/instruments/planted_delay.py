"""Add a known delay without CPU to the control: the latency figures must find that delay again.

Only for calibration, named as `servers.instruments.planted_delay:PlantedDelay`; discovery does not list it.
"""

import asyncio
import os
import time
from collections import deque

from starlette.requests import Request

from authbench.contracts.card import Card
from authbench.system.timerfd import create_timer, set_timer
from servers.contract.claims import Identity
from servers.schemes.none import NoAuthentication

_EARLY_NS = 200_000
"""How long before its end a delay stops sleeping. An idle process wakes up 50 to 100 us late, or more; the
rest is spent in passes of the event loop, which do not sleep and serve everybody else."""


class Alarms:
    """Wake coroutines of one event loop with microsecond precision; uvloop's timers have milliseconds.

    One timerfd wakes all of them in the order they asked, so each must ask for a time no earlier than the one
    before, as a constant delay does.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._fd = create_timer()
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._loop.add_reader(self._fd, self._ring)

    async def until(self, at_ns: int) -> None:
        """Return once time.monotonic_ns() is `at_ns`, never before."""
        sleep_until_ns = at_ns - _EARLY_NS
        if time.monotonic_ns() < sleep_until_ns:
            rung = self._loop.create_future()
            self._waiting.append((sleep_until_ns, rung))
            if len(self._waiting) == 1:
                set_timer(self._fd, sleep_until_ns)
            await rung
        while time.monotonic_ns() < at_ns:
            await asyncio.sleep(0)

    def _ring(self) -> None:
        now_ns = time.monotonic_ns()
        while self._waiting and self._waiting[0][0] <= now_ns:
            _, rung = self._waiting.popleft()
            if not rung.done():  # its request was cancelled
                rung.set_result(None)
        # Setting it also clears what it had to tell; 0 disarms.
        set_timer(self._fd, self._waiting[0][0] if self._waiting else 0)

    def close(self) -> None:
        """Give the descriptor back."""
        self._loop.remove_reader(self._fd)
        os.close(self._fd)


class PlantedDelay(NoAuthentication):
    """The control, with every authentication `planted_delay_ms` milliseconds longer. Loopback only."""

    name = "planted-delay"
    _alarms: Alarms

    @property
    def card(self) -> Card:
        summary = f"Planted: the control, {self.settings.planted_delay_ms:g} ms later."
        return super().card.model_copy(update={"summary": summary})

    async def start(self) -> None:
        await super().start()
        self._alarms = Alarms()

    async def stop(self) -> None:
        self._alarms.close()
        await super().stop()

    async def authenticate(self, request: Request) -> Identity:
        at_ns = time.monotonic_ns() + round(self.settings.planted_delay_ms * 1e6)
        identity = await super().authenticate(request)
        await self._alarms.until(at_ns)
        return identity
