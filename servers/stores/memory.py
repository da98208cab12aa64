"""Sessions in a dictionary of this process: nobody else sees them, and they end with it."""

import asyncio
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from servers.contract.claims import Claims
from servers.contract.scheme import Mark
from servers.stores.background import end_task
from servers.stores.sessions import SessionStore

SWEEP_PERIOD_S = 15
MARK_LIFETIME_S = 60
_PORTION = 500


class _Session:
    """Claims, and when the idle period ends in Unix seconds."""

    __slots__ = ("claims", "idle_until")

    def __init__(self, claims: Claims, idle_until: float) -> None:
        self.claims = claims
        self.idle_until = idle_until


class MemorySessions(SessionStore):
    """Operations never suspend, so each is one step: there is one thread and one loop.

    A sweep every `SWEEP_PERIOD_S` seconds removes what has expired, so that no request has to look for it:
    memory holds what is alive and what expired since the last sweep. What is expired is refused at once.
    """

    failures = 0

    def __init__(self, idle_s: int, clock: Callable[[], float] = time.time) -> None:
        self._idle_s = idle_s
        self._clock = clock
        self._sessions: dict[str, _Session] = {}
        self._of_user: dict[str, set[str]] = {}
        self._marks: dict[str, tuple[bytes, float]] = {}
        self._sweeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._sweeping = asyncio.create_task(self._sweep_for_ever())

    async def stop(self) -> None:
        await end_task(self._sweeping)

    async def read(self, key: str) -> Claims | None:
        session = self._sessions.get(key)
        if session is None:
            return None
        now = self._clock()
        if session.idle_until <= now or session.claims.exp <= now:
            self._remove(key)
            return None
        session.idle_until = now + self._idle_s
        return session.claims

    async def mark(self, sub: str) -> Mark:
        """The user's mark, a new one if there is none; see `servers.stores.redis.index`."""
        mark, _ = self._marks.get(sub) or (secrets.token_bytes(16), 0.0)
        self._marks[sub] = (mark, self._clock() + MARK_LIFETIME_S)
        return mark

    async def create(self, key: str, claims: Claims, mark: Mark) -> bool:
        known = self._marks.get(claims.sub)
        if mark is None or known is None or known[0] != mark:
            return False
        self._put(key, claims, self._clock() + self._idle_s)
        return True

    async def create_many(self, sessions: Sequence[tuple[str, Claims]]) -> None:
        """As many as there are; expired ones stay until they are read or swept."""
        for count, (key, claims) in enumerate(sessions):
            self._put(key, claims, max(claims.exp, self._clock() + self._idle_s))
            if count % _PORTION == 0:
                await asyncio.sleep(0)

    async def end(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._remove(key)

    async def of_user(self, sub: str) -> list[Claims]:
        now = self._clock()
        found = [self._sessions[key] for key in self._of_user.get(sub, ())]
        live = [item.claims for item in found if item.idle_until > now and item.claims.exp > now]
        return sorted(live, key=lambda claims: (claims.exp, claims.jti))

    async def end_one(self, sub: str, jti: str) -> bool:
        for key in self._of_user.get(sub, ()):
            session = self._sessions[key]
            if session.claims.jti == jti:
                alive = min(session.idle_until, session.claims.exp) > self._clock()
                self._remove(key)
                return alive
        return False

    async def end_all(self, sub: str) -> None:
        """Remove them, and the mark of logins under way."""
        self._marks.pop(sub, None)
        for key in list(self._of_user.get(sub, ())):
            self._remove(key)

    async def replace_all(self, presented: str, key: str, claims: Claims) -> Claims | None:
        session = self._sessions.get(presented)
        alive = session is not None and min(session.idle_until, session.claims.exp) > self._clock()
        await self.end_all(claims.sub)
        if session is None or not alive:
            return None
        claims = replace(claims, scope=session.claims.scope)
        self._put(key, claims, self._clock() + self._idle_s)
        return claims

    async def rescope(self, sub: str, scope: str) -> None:
        self._marks.pop(sub, None)
        for key in self._of_user.get(sub, ()):
            session = self._sessions[key]
            session.claims = replace(session.claims, scope=scope)

    async def clear(self) -> int:
        count = len(self._sessions)
        self._sessions.clear()
        self._of_user.clear()
        self._marks.clear()
        return count

    def memory_bytes(self) -> int:
        """Deep size of both tables. Objects that sessions share count once."""
        seen: set[int] = set()

        def size(*items: object) -> int:
            fresh = [item for item in items if id(item) not in seen]
            seen.update(map(id, fresh))
            return sum(map(sys.getsizeof, fresh))

        total = size(self._sessions, self._of_user)
        for key, session in self._sessions.items():
            claims = session.claims
            total += size(key, session, session.idle_until, claims, *claims.as_dict().values())
        for sub, keys in self._of_user.items():
            total += size(sub, keys)
        return total

    async def sweep(self) -> None:
        """Remove what has expired, in portions, so that no request waits for the whole of it."""
        for count, key in enumerate(list(self._sessions)):
            if count % _PORTION == 0:
                await asyncio.sleep(0)
            session = self._sessions.get(key)
            if session is not None and min(session.idle_until, session.claims.exp) <= self._clock():
                self._remove(key)
        for sub in [sub for sub, (_, until) in self._marks.items() if until <= self._clock()]:
            del self._marks[sub]

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_PERIOD_S)
            await self.sweep()

    def _put(self, key: str, claims: Claims, idle_until: float) -> None:
        self._sessions[key] = _Session(claims, idle_until)
        self._of_user.setdefault(claims.sub, set()).add(key)

    def _remove(self, key: str) -> None:
        session = self._sessions.pop(key, None)
        if session is not None:
            keys = self._of_user[session.claims.sub]
            keys.discard(key)
            if not keys:
                del self._of_user[session.claims.sub]
