"""Families of refresh tokens in Redis: one record for each login, however often it is refreshed.

A hash per family: the SHA-256 of the current secret and of the one before, the generation, for whom, what
for, through which client, and until when. What was granted, and to whom, begins and ends with the login: no
second key could say something else, or live longer. Comparing and swapping is one script
(`lua/rotate_family.lua`).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from authbench.contracts.card import RefreshPolicy
from servers.contract.claims import FIRST_PARTY
from servers.contract.scheme import Login, Mark
from servers.stores.redis.client import Argument, RedisStore
from servers.stores.redis.index import HARNESS_MARK, RedisIndex
from servers.stores.redis.kept import KeptInRedis
from servers.stores.redis.needs import Needs
from servers.stores.redis.scripts import (
    CREATE_FAMILY,
    END_FAMILIES,
    END_FAMILY,
    END_ONE,
    RESCOPE_FAMILIES,
    ROTATE_FAMILY,
)
from servers.stores.token_state.denylist import NOBODY_DENIES, Denials

_SCRIPTS = (CREATE_FAMILY, END_FAMILIES, END_FAMILY, END_ONE, RESCOPE_FAMILIES, ROTATE_FAMILY)
_COMMANDS = ("SET", "GETEX", "HMGET", "ZRANGEBYSCORE")
_BULK = 500


@dataclass(frozen=True, slots=True)
class RotationRequest:
    """A refresh token that is presented, by the SHA-256 of its secret, and what its client wants for it."""

    family: str
    presented_hash: bytes
    new_hash: bytes
    """Of the successor, should the policy let the presented one pass."""
    client_id: str = FIRST_PARTY
    asked: str = ""
    """The scope that it asks for, single spaces and nothing twice; empty: all there is."""
    given_before: Sequence[bytes] = ()
    """Successors that an older key would have derived: one of them may be out already."""
    allowed: str = ""
    """The scope that its client may have at all, spelled the same; empty: any."""
    made_here: bool = field(kw_only=True)
    """Says of a secret whose hash is no longer kept that it is an old one, and not made up."""


Ending = Literal["over", "made up", "another client's"]
"""What became of a login that somebody wants to end: only if it is over was it ended, or had been before."""
_ENDINGS: dict[bytes, Ending] = {
    b"over": "over",
    b"made up": "made up",
    b"another client's": "another client's",
}


@dataclass(frozen=True, slots=True)
class Rotation:
    """What became of a presented refresh token. The rest only if it was rotated."""

    outcome: Literal["rotated", "unknown", "expired", "reused", "beyond"]
    sub: str = ""
    scope: str = ""
    version: int = 0
    """That of the user's tokens in the same step, where they have one."""
    successor: int = 0
    """Which secret is current now: 0 for the new one, else the number of the one that was given before."""


class Families(KeptInRedis):
    """Operations on families. They may raise `StoreUnavailable`. Hashes are SHA-256, as 32 bytes.

    A family ends when it was not refreshed for `idle_s`, after `absolute_s`, when it is ended, and when a
    secret is presented that its policy does not let pass.
    """

    def __init__(
        self,
        redis: RedisStore,
        prefix: str,
        idle_s: int,
        absolute_s: int,
        warm: int,
        policy: RefreshPolicy = RefreshPolicy.STRICT,
        grace_s: int = 0,
        denials: Denials | None = None,
        versions: str | None = None,
    ) -> None:
        """`grace_s`: how long the parent of a current secret counts, where the policy is grace.

        What ends a family ends its tokens in the same step: by `denials`, and what ends or changes all of a
        user's, by raising their version, under the prefix `versions`. Where there are such.
        """
        self._denials = denials
        self._versions = versions
        self._policy = policy
        self._grace_s = grace_s
        super().__init__(redis, prefix, warm)
        self._idle_s = idle_s
        self._absolute_s = absolute_s
        self._index = RedisIndex(redis, prefix, f"{prefix}family:", "families")

    @property
    def needs(self) -> Needs:
        return Needs(self._prefix, _COMMANDS, _SCRIPTS)

    async def mark(self, sub: str) -> Mark:
        return await self._index.mark(sub)

    async def create(
        self, family: str, secret_hash: bytes, sub: str, scope: str, mark: Mark, client_id: str = FIRST_PARTY
    ) -> int | None:
        """Store a family that only this client may rotate, and for no more than this scope.

        Returns the version of its user's tokens in the same step, 0 where they have none. None,
        and nothing stored, if all were ended, or the user's scope changed, since `mark` was taken.
        """
        if mark is None:
            return None
        keys, arguments = self._creation(family, secret_hash, sub, scope, mark, client_id)
        version: int | None = await self._redis.run(CREATE_FAMILY, keys, arguments)
        return version

    async def create_many(self, families: Sequence[tuple[str, bytes, str, str]]) -> None:
        """Store (family, secret_hash, sub, scope) nobody logged in for. For the harness."""
        await self._redis.run_many(
            CREATE_FAMILY, [self._creation(*family, HARNESS_MARK, FIRST_PARTY) for family in families]
        )

    async def rotate(self, request: RotationRequest) -> Rotation:
        """Swap the secret, if the policy lets the presented one pass; else the family may have ended.

        Unknown if it is another client's. Nothing is swapped where it asks for more than was granted, or may
        have nothing of it.
        """
        outcome, *rest = await self._redis.run(
            ROTATE_FAMILY,
            (self._key(request.family),),
            (request.presented_hash, request.new_hash, int(time.time()), self._idle_s, request.family,
             self._index.prefix, self._policy.value, self._grace_s, request.client_id, request.asked,
             int(request.made_here), self._versions or "", request.allowed, *self._deny,
             *request.given_before),
        )  # fmt: skip
        if not rest:
            return Rotation(outcome.decode())
        sub, scope, version, which = rest
        return Rotation(outcome.decode(), sub.decode(), scope.decode(), int(version), int(which))

    async def end(
        self, family: str, presented_hash: bytes = b"", client_id: str = "", *, made_here: bool
    ) -> Ending:
        """End the family, known or not; if a client is named, only if it is that one's.

        Nothing is ended if the presented secret is made up. What proves something: the current one, the one
        before, and any that was `made_here`.
        """
        arguments = (family, self._index.prefix, client_id, presented_hash, int(made_here), *self._deny)
        outcome: bytes = await self._redis.run(END_FAMILY, (self._key(family),), arguments)
        return _ENDINGS[outcome]

    async def of_user(self, sub: str) -> list[Login]:
        """The user's live families, the first to expire first."""
        members = await self._index.members(sub, int(time.time()))
        found = []
        for start in range(0, len(members), _BULK):
            portion = members[start : start + _BULK]
            records = await self._redis.pipeline(
                *(("HMGET", self._key(family), "issued", "expires") for family in portion)
            )
            found += [
                Login(family, int(issued), int(expires), None)
                for family, (issued, expires) in zip(portion, records, strict=True)
                if expires is not None
            ]
        return found

    async def end_one(self, sub: str, family: str) -> bool:
        """End the user's family of that name; whether there was one."""
        return await self._index.end_one(sub, family, self._deny)

    async def end_all(self, sub: str) -> tuple[int, list[str]]:
        """End the user's families, and those of logins under way; the user's version, and which they were."""
        version, ended = await self._redis.run(
            END_FAMILIES, self._keys_of(sub), (self._index.record_prefix, *self._deny)
        )
        return version, [family.decode() for family in ended]

    async def rescope(self, sub: str, scope: str) -> int:
        """Write the user's new scope into their families: the next refresh goes by it. The user's version.

        A client's tokens say what of its grant the user still has, and never more than that.
        """
        version: int = await self._redis.run(
            RESCOPE_FAMILIES, self._keys_of(sub), (self._index.record_prefix, scope, FIRST_PARTY)
        )
        return version

    @property
    def _deny(self) -> tuple[Argument, ...]:
        return self._denials.arguments() if self._denials else NOBODY_DENIES

    def _keys_of(self, sub: str) -> tuple[str, ...]:
        version = () if self._versions is None else (self._versions + sub,)
        return (*self._index.keys_of(sub), *version)

    def _key(self, family: str) -> str:
        return self._index.record_prefix + family

    def _creation(
        self, family: str, secret_hash: bytes, sub: str, scope: str, mark: bytes | str, client_id: str
    ) -> tuple[tuple[str, ...], tuple[Argument, ...]]:
        """KEYS and ARGV of `create_family.lua`."""
        now = int(time.time())
        return (self._key(family), *self._keys_of(sub)), (
            family, now + self._absolute_s, now, self._idle_s, mark, secret_hash, sub, scope, self._idle_s,
            client_id,
        )  # fmt: skip
