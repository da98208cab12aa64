"""Revocations that take longer than the card says, or do not last."""

import asyncio
import contextlib
import time
from typing import Any

from starlette.requests import Request

from authbench.contracts.card import Card
from servers.contract.claims import Claims, Identity
from servers.contract.errors import StoreUnavailable
from servers.contract.settings import ServerSettings
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.schemes.opaque_redis import OpaqueRedisScheme
from servers.schemes.parts.composed import Parts
from servers.schemes.parts.recipes import written_session
from servers.schemes.session_redis_rewrite import RewriteSessionScheme
from servers.stores.background import end_task
from servers.stores.redis.written_sessions import RewrittenSessions
from servers.vulnerable.vulnerable import Vulnerable

_REMEMBERED_S = 3.0
_WRITTEN_BACK_S = 0.1
"""After a read: several times as long as it is between two probes of `revoke`, which are to see a refusal."""


class VulnerableRevocation(Vulnerable, OpaqueRedisScheme):
    """Lets in for three seconds whoever was let in once, and says that it does not. Falls to `revoke`:
    logout, logout-everywhere, password-change, role-downgrade, account-disabled.
    """

    name = "vulnerable-revocation"

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._let_in: dict[str, tuple[float, Identity]] = {}

    async def authenticate(self, request: Request) -> Identity:
        presented = request.headers.get("authorization", "")
        until, identity = self._let_in.get(presented, (0.0, None))
        if identity is None or time.monotonic() >= until:
            identity = await super().authenticate(request)
            self._let_in[presented] = time.monotonic() + _REMEMBERED_S, identity
        return identity


class VulnerableKeyRotation(Vulnerable, Hs256Tokens):
    """Never takes other keys than the first, whatever its directory has. Falls to `revoke`: key-rotation."""

    name = "vulnerable-key-rotation"

    def prepare(self) -> None:
        if not self._prepared:
            super().prepare()


class _WrittenBackLate(RewrittenSessions):
    """Writes a session back a while after it was read: who asks in between finds that it has ended.

    Where the write follows at once, an ended session is mostly back before anybody has been refused.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._writing: set[asyncio.Task[None]] = set()

    async def used(self, key: str, claims: Claims) -> None:
        task = asyncio.create_task(self._write_back(key, claims))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write_back(self, key: str, claims: Claims) -> None:
        await asyncio.sleep(_WRITTEN_BACK_S)
        with contextlib.suppress(StoreUnavailable):
            await super().used(key, claims)

    async def stop(self) -> None:
        for task in tuple(self._writing):
            await end_task(task)
        await super().stop()


class VulnerableRevival(Vulnerable, RewriteSessionScheme):
    """Brings an ended session back, as `session-redis-rewrite` does, later and always, and does not say so.
    Falls to `revoke`: a logout that does not last.
    """

    name = "vulnerable-revival"

    def compose(self) -> Parts:
        return written_session(self.settings, _WrittenBackLate, revived=True)

    @property
    def card(self) -> Card:
        card = super().card
        return card.model_copy(
            update={
                "revocation_window_s": 0,
                "role_change_window_s": 0,
                "disabled_window_s": 0,
                "revived_by_requests_in_flight": False,
            }
        )
