"""Refresh tokens that are rotated wrongly, each in a way that products have been."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import ClassVar

from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.schemes.jwt_refresh_grace import GraceRefreshTokens
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.part import opened, redis_of
from servers.schemes.parts.renewal import FamilyRenewal
from servers.stores.token_state.refresh_families import Families, Rotation, RotationRequest
from servers.vulnerable.vulnerable import Vulnerable

_GAP_S = 0.02
"""What lies between two commands of a server that is busy, or whose store is far away."""
_RACERS_COME_S = 0.25
"""Within that sixteen requests arrive that were sent at once, also on a machine that is busy."""


class _Renewal(FamilyRenewal):
    """Keeps its families in a store that is broken."""

    families: type[Families]

    async def start(self, ending: AsyncExitStack) -> None:
        settings = self._settings
        store = self.families(
            redis_of(settings),
            settings.redis_key_prefix,
            settings.refresh_idle_s,
            settings.refresh_absolute_s,
            settings.store_connections_warm,
            self._policy,
            settings.refresh_grace_s,
        )
        self.store = await opened(ending, store)
        await self._revocation.open(redis_of(settings), ending)


class _Rotation(Vulnerable, ComposedScheme):
    """A scheme with such a store."""

    families: ClassVar[type[Families]]

    def compose(self) -> Parts:
        parts = super().compose()  # type: ignore[safe-super]
        assert isinstance(parts.renewal, FamilyRenewal)  # noqa: S101 - as composed
        renewal = _Renewal(self.settings, parts.renewal._policy, parts.revocation)
        renewal.families = self.families
        return replace(parts, renewal=renewal)


class _Forgiving(Families):
    """Refuses an old token and ends nothing."""

    async def rotate(self, request: RotationRequest) -> Rotation:
        if request.presented_hash != await self._redis.execute("HGET", self._key(request.family), "current"):
            return Rotation("unknown")
        return await super().rotate(request)


class VulnerableReuse(_Rotation, Hs256Tokens):
    """Rotates, and takes the use of a replaced token for a mistake."""

    name = "vulnerable-reuse"
    falls_to = ("H1",)
    families = _Forgiving


class _ComparesFirst(Families):
    """Compares in one step and swaps in another: what each racer is given is good beside that of the others.

    Whoever comes later is a reuse, as it should be.
    """

    _swapping = asyncio.Lock()
    _given: ClassVar[set[bytes]] = set()
    """Hashes of successors that nobody has replaced yet."""

    async def rotate(self, request: RotationRequest) -> Rotation:
        key, presented = self._key(request.family), request.presented_hash
        if presented not in self._given and presented != await self._redis.execute("HGET", key, "current"):
            return await super().rotate(request)
        await asyncio.sleep(_RACERS_COME_S)
        async with self._swapping:
            current: bytes | None = await self._redis.execute("HGET", key, "current")
            if current is None:
                return Rotation("unknown")
            self._given.discard(presented)
            self._given.add(request.new_hash)
            return await super().rotate(replace(request, presented_hash=current))


class VulnerableRace(_Rotation, Hs256Tokens):
    """Reads and writes in two steps: whoever reads before the first racer writes is granted."""

    name = "vulnerable-race"
    falls_to = ("H2",)
    families = _ComparesFirst


class _LongMemory(Families):
    """Forgives every token of a login, however old, while the latest rotation is young."""

    async def rotate(self, request: RotationRequest) -> Rotation:
        current, rotated, sub, scope = await self._redis.execute(
            "HMGET", self._key(request.family), "current", "rotated", "sub", "scope"
        )
        older = request.made_here and rotated and current != request.presented_hash
        if older and time.time() - int(rotated) < self._grace_s:
            return Rotation("rotated", sub.decode(), scope.decode())
        return await super().rotate(request)


class VulnerableGenerations(_Rotation, GraceRefreshTokens):
    """Asks when a login was rotated last, and not whether the token is the one before."""

    name = "vulnerable-generations"
    falls_to = ("H4",)
    families = _LongMemory


class _TwoSteps(Families):
    """Takes a family out of the store, and puts it back to rotate it."""

    async def rotate(self, request: RotationRequest) -> Rotation:
        key = self._key(request.family)
        fields: dict[bytes, bytes] = await self._redis.execute("HGETALL", key)
        if fields.get(b"current") == request.presented_hash:
            await self._redis.delete(key)
            await asyncio.sleep(_GAP_S)
            await self._redis.execute("HSET", key, *(part for field in fields.items() for part in field))
            await self._redis.execute("EXPIRE", key, self._idle_s)
        return await super().rotate(request)


class VulnerableGap(_Rotation, Hs256Tokens):
    """Forgets the old token before it remembers its successor: what ends all logins in between misses this
    one.
    """

    name = "vulnerable-gap"
    falls_to = ("H10",)
    families = _TwoSteps
