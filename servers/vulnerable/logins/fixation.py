"""Logins that keep what the client brought along."""

import hashlib
from collections.abc import Sequence
from typing import ClassVar

from starlette.requests import Request

from servers.contract.scheme import Account, Issued, Mark
from servers.schemes.parts.credentials import Stored
from servers.schemes.session_redis import RedisSessionScheme
from servers.vulnerable.vulnerable import Vulnerable


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class VulnerablePermissiveId(Vulnerable, RedisSessionScheme):
    """Takes any id that the client presents for its own (permissive session management): also that of another
    session (D2), and so the one from before the login (D3).
    """

    name = "vulnerable-permissive-id"
    falls_to: ClassVar[tuple[str, ...]] = ("D1", "D2", "D3")

    async def issue(self, account: Account, request: Request, mark: Mark) -> Issued:
        presented = self.carrier.replaced(request)
        if not presented or not await self._may_keep(presented):
            return await super().issue(account, request, mark)
        claims = self.claims_of(account.username, account.scope)
        assert isinstance(self.credential, Stored)  # noqa: S101 - as composed
        if not await self.credential.store.create(_key(presented[0]), claims, mark):
            raise self.carrier.ended()
        return self.carrier.attach(presented[0], claims)

    async def _may_keep(self, presented: Sequence[str]) -> bool:
        return bool(presented)


class VulnerableNoRotation(VulnerablePermissiveId):
    """Keeps the id of a session that is there, and writes the new user into it: old and new are one (D3)."""

    name = "vulnerable-no-rotation"
    falls_to = ("D2", "D3")

    async def _may_keep(self, presented: Sequence[str]) -> bool:
        assert isinstance(self.credential, Stored)  # noqa: S101 - as composed
        return await self.credential.store.read(_key(presented[0])) is not None


class VulnerableOldId(Vulnerable, RedisSessionScheme):
    """Gives a new id at a login, and leaves the old one as it was."""

    name = "vulnerable-old-id"
    falls_to = ("D3",)

    async def issue(self, account: Account, request: Request, mark: Mark) -> Issued:
        del request
        return await self.open_login(self.claims_of(account.username, account.scope), mark)
