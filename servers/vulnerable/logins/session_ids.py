"""Session ids that are drawn or kept wrongly."""

import base64
import hashlib
import itertools
import random
import time
from collections.abc import Sequence

from starlette.requests import Request

from servers.contract.claims import Claims
from servers.contract.scheme import Mark
from servers.schemes.parts.carriers import CookieCarrier
from servers.schemes.parts.composed import Parts
from servers.schemes.parts.credentials import Stored
from servers.schemes.parts.recipes import redis_sessions
from servers.schemes.session_redis import RedisSessionScheme
from servers.stores.redis.sessions import RedisSessions
from servers.vulnerable.vulnerable import Vulnerable


class _Sessions(Stored):
    """Draws ids with `draw`, and keeps a session under `key` of its id."""

    def __init__(self, scheme: "_SessionIds") -> None:
        settings = scheme.settings
        super().__init__(
            CookieCarrier(settings),
            redis_sessions(settings, RedisSessions),
            RedisSessions.asks,
            settings.session_absolute_s,
        )
        self._scheme = scheme

    async def issue(self, claims: Claims, mark: Mark) -> str:
        text = self._scheme.draw()
        if not await self.store.create(self._scheme.key(text), claims, mark):
            raise self.carrier.ended()
        return text

    async def found(self, request: Request) -> tuple[str, Claims]:
        key = self._scheme.key(self.carrier.present(request))
        claims = await self.store.read(key)
        if claims is None:
            raise self.carrier.refusal()
        return key, claims

    async def end(self, request: Request) -> Claims | None:
        await self.store.end([self._scheme.key(text) for text in self.carrier.to_end(request)])
        return None

    async def retire(self, texts: Sequence[str]) -> None:
        await self.store.end([self._scheme.key(text) for text in texts])

    async def replace(self, request: Request, claims: Claims) -> tuple[str, Claims] | None:
        text, old = self._scheme.draw(), self.carrier.present(request)
        stored = await self.store.replace_all(self._scheme.key(old), self._scheme.key(text), claims)
        return None if stored is None else (text, stored)

    async def seed(self, claims: Sequence[Claims]) -> list[str]:
        texts = [self._scheme.draw() for _ in claims]
        keys = map(self._scheme.key, texts)
        await self.store.create_many(list(zip(keys, claims, strict=True)))
        return texts


class _SessionIds(RedisSessionScheme):
    """`session-redis` with other ids."""

    def compose(self) -> Parts:
        return Parts(credential=_Sessions(self))

    def draw(self) -> str:
        """A new session id."""
        raise NotImplementedError

    def key(self, text: str) -> str:
        """Under which the session of this id is kept: its hash."""
        return hashlib.sha256(text.encode()).hexdigest()


class VulnerableRawIds(Vulnerable, _SessionIds):
    """Keeps sessions under the ids themselves: who reads the store can present them."""

    name = "vulnerable-raw-ids"
    falls_to = ("I1",)

    def draw(self) -> str:
        return _text(random.SystemRandom().randbytes(32))

    def key(self, text: str) -> str:
        return text


class VulnerableCountedIds(Vulnerable, _SessionIds):
    """Ids of the clock and a counter, as they are made by hand."""

    name = "vulnerable-counted-ids"
    falls_to = ("K1",)
    _numbers = itertools.count()

    def draw(self) -> str:
        return _text(time.time_ns().to_bytes(24, "big") + next(self._numbers).to_bytes(8, "big"))


class VulnerableMersenneIds(Vulnerable, _SessionIds):
    """Ids from `random`, whose state its outputs give away."""

    name = "vulnerable-mersenne-ids"
    falls_to = ("K3",)
    _source = random.Random()  # noqa: S311 - what is wrong with it

    def draw(self) -> str:
        return _text(self._source.randbytes(32))


def _text(drawn: bytes) -> str:
    """43 characters of base64url, as long as a good id."""
    return base64.urlsafe_b64encode(drawn).rstrip(b"=").decode()
