"""Revocations that take longer than the card says, or do not last."""

import time

from starlette.requests import Request

from authbench.contracts.card import Card
from servers.contract.claims import Identity
from servers.contract.settings import ServerSettings
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.schemes.opaque_redis import OpaqueRedisScheme
from servers.schemes.session_redis_rewrite import RewriteSessionScheme
from servers.vulnerable.vulnerable import Vulnerable

_REMEMBERED_S = 3.0


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


class VulnerableRevival(Vulnerable, RewriteSessionScheme):
    """Brings an ended session back, as `session-redis-rewrite` does, and does not say so. Falls to `revoke`:
    a logout that does not last.
    """

    name = "vulnerable-revival"

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
