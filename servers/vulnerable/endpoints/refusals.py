"""Refusals whose time tells their reason."""

import asyncio

from starlette.requests import Request

from servers.contract.claims import Identity
from servers.schemes.jwt_denylist import DenylistTokens
from servers.vulnerable.vulnerable import Vulnerable

_LOOKING_S = 0.05


class VulnerableTellingRefusals(Vulnerable, DenylistTokens):
    """Looks for what a token was refused for, somewhere slow, where its signature was good."""

    name = "vulnerable-telling-refusals"
    falls_to = ("J4",)

    async def authenticate(self, request: Request) -> Identity:
        claims = self.credential.verified(request)  # type: ignore[attr-defined]
        if await self.revocation.list.is_denied((claims.jti, claims.sid)):  # type: ignore[attr-defined]
            await asyncio.sleep(_LOOKING_S)
            raise self.carrier.refusal()
        return await super().authenticate(request)
