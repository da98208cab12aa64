"""Broken controls: believe everybody, as the control does, and are slow or wrong besides."""

import asyncio
import time

from starlette.exceptions import HTTPException
from starlette.requests import Request

from selftest.schemes.late import Patience
from servers.contract.claims import Identity
from servers.contract.settings import ServerSettings
from servers.schemes.none import NoAuthentication


class BrokenControl(NoAuthentication):
    """Counts its requests; what is wrong begins late."""

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._patience = Patience()

    async def authenticate(self, request: Request) -> Identity:
        if self._patience.over():
            await self.fail()
        return await super().authenticate(request)

    async def fail(self) -> None:
        """What is wrong with it."""
        raise NotImplementedError


class Slow(BrokenControl):
    """Every request takes 50 ms, in which the server does nothing."""

    name = "broken-slow"

    async def fail(self) -> None:
        await asyncio.sleep(0.05)


class SlowingDown(BrokenControl):
    """Every request takes one millisecond more for each second that has passed."""

    name = "broken-slowing-down"
    _began_s: float | None = None

    async def fail(self) -> None:
        if self._began_s is None:
            self._began_s = time.monotonic()
        await asyncio.sleep((time.monotonic() - self._began_s) / 1000)


class FastErrors(BrokenControl):
    """One request in ten gets status 500, faster than the others get their answer."""

    name = "broken-fast-errors"

    async def fail(self) -> None:
        if self._patience.requests % 10 == 0:
            raise HTTPException(500, "This server is broken on purpose.")


class Stalling(BrokenControl):
    """Stands still for 0.3 s in every hundredth request."""

    name = "broken-stalling"

    async def fail(self) -> None:
        if self._patience.requests % 100 == 0:
            time.sleep(0.3)  # not asyncio's: the whole server stands still


class Debugging(NoAuthentication):
    """Runs its event loop in debug mode."""

    name = "broken-debugging"

    async def start(self) -> None:
        asyncio.get_running_loop().set_debug(True)


class Chatty(NoAuthentication):
    """Adds a scope to everybody's identity, so that bodies differ."""

    name = "broken-chatty"

    async def authenticate(self, request: Request) -> Identity:
        identity = await super().authenticate(request)
        return Identity(identity.sub, (*identity.scopes, "chatty"))
