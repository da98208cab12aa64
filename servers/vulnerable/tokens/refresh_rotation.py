"""Refresh tokens that are rotated wrongly, each in a way that products have been."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import ClassVar

from authbench.contracts.card import RefreshPolicy
from servers.contract.claims import FIRST_PARTY
from servers.contract.scheme import Mark
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.schemes.parts.composed import Parts
from servers.schemes.parts.part import opened, redis_of
from servers.schemes.parts.renewal import FamilyRenewal
from servers.stores.token_state.refresh_families import Families, Rotation, RotationRequest
from servers.vulnerable.vulnerable import Vulnerable

_GAP_S = 0.02
"""What lies between two commands of a server that is busy, or whose store is far away."""


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


class _Rotation(Hs256Tokens):
    """`jwt-hs256` with such a store."""

    families: ClassVar[type[Families]]
    policy: ClassVar[RefreshPolicy] = RefreshPolicy.STRICT

    def compose(self) -> Parts:
        parts = super().compose()
        renewal = _Renewal(self.settings, self.policy, parts.revocation)
        renewal.families = self.families
        return replace(parts, renewal=renewal)


class _Forgiving(Families):
    """Refuses an old token and ends nothing."""

    async def rotate(self, request: RotationRequest) -> Rotation:
        if request.presented_hash != await self._redis.execute("HGET", self._key(request.family), "current"):
            return Rotation("unknown")
        return await super().rotate(request)


class VulnerableReuse(Vulnerable, _Rotation):
    """Rotates, and takes the use of a replaced token for a mistake."""

    name = "vulnerable-reuse"
    falls_to = ("H1",)
    families = _Forgiving


class _OneRecordEach(Families):
    """A record for each token: read, deleted, and written under the next one's name, in three steps."""

    async def create(
        self, family: str, secret_hash: bytes, sub: str, scope: str, mark: Mark, client_id: str = FIRST_PARTY
    ) -> int | None:
        await self._redis.put(self._of(secret_hash), f"{sub} {scope}", self._idle_s)
        return await super().create(family, secret_hash, sub, scope, mark, client_id)

    async def rotate(self, request: RotationRequest) -> Rotation:
        record: bytes | None = await self._redis.execute("GET", self._of(request.presented_hash))
        if record is None:
            return Rotation("unknown")
        await self._redis.delete(self._of(request.presented_hash))
        await self._redis.put(self._of(request.new_hash), record.decode(), self._idle_s)
        sub, _, scope = record.decode().partition(" ")
        return Rotation("rotated", sub, scope)

    def _of(self, secret_hash: bytes) -> str:
        return f"{self._prefix}token:{secret_hash.hex()}"


class VulnerableRace(Vulnerable, _Rotation):
    """GET, DEL, SET: whoever reads before the first racer deletes is granted."""

    name = "vulnerable-race"
    falls_to = ("H2",)
    families = _OneRecordEach


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


class VulnerableGenerations(Vulnerable, _Rotation):
    """Asks when a login was rotated last, and not whether the token is the one before."""

    name = "vulnerable-generations"
    falls_to = ("H4",)
    families = _LongMemory
    policy = RefreshPolicy.GRACE


class _TwoSteps(Families):
    """Takes a family out of the store, and puts it back with the new secret."""

    async def rotate(self, request: RotationRequest) -> Rotation:
        key = self._key(request.family)
        fields: dict[bytes, bytes] = await self._redis.execute("HGETALL", key)
        if fields.get(b"current") != request.presented_hash:
            return Rotation("unknown")
        await self._redis.delete(key)
        await asyncio.sleep(_GAP_S)
        written = fields | {b"current": request.new_hash, b"previous": request.presented_hash}
        await self._redis.execute("HSET", key, *(part for field in written.items() for part in field))
        await self._redis.execute("EXPIRE", key, self._idle_s)
        return Rotation("rotated", fields[b"sub"].decode(), fields[b"scope"].decode())


class VulnerableGap(Vulnerable, _Rotation):
    """Forgets the old token before it remembers its successor: what ends all logins in between misses this
    one.
    """

    name = "vulnerable-gap"
    falls_to = ("H10",)
    families = _TwoSteps
