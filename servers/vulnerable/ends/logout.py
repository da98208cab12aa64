"""Ends that end nothing, or not everywhere."""

from starlette.requests import Request

from servers.contract.claims import Identity
from servers.contract.scheme import Account, Issued
from servers.contract.settings import ServerSettings
from servers.schemes.session_redis import RedisSessionScheme
from servers.vulnerable.vulnerable import Vulnerable


class VulnerableLogout(Vulnerable, RedisSessionScheme):
    """Asks the browser to forget the cookie, and keeps the session. Falls to E1."""

    name = "vulnerable-logout"

    async def revoke(self, request: Request) -> Issued:
        return Issued(headers=self.carrier.removal())


class VulnerableWorkerCache(Vulnerable, RedisSessionScheme):
    """Each process remembers whom it let in; only the one that is told of a logout forgets. Falls to E2."""

    name = "vulnerable-worker-cache"

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._known: dict[str, Identity] = {}

    async def authenticate(self, request: Request) -> Identity:
        session = self.carrier.present(request)
        if session not in self._known:
            self._known[session] = await super().authenticate(request)
        return self._known[session]

    async def revoke(self, request: Request) -> Issued:
        self._known.pop(self.carrier.present(request), None)
        return await super().revoke(request)


class VulnerableEndAll(Vulnerable, RedisSessionScheme):
    """Has no index of a user's sessions, so what should end all of them ends none. Falls to E5 and E6."""

    name = "vulnerable-end-all"

    async def end_all(self, username: str) -> None:
        del username

    async def password_changed(self, request: Request, account: Account) -> Issued:
        del request, account
        return Issued()


class VulnerableRole(Vulnerable, RedisSessionScheme):
    """Copies the role into the session at the login, and never looks again. Falls to E7."""

    name = "vulnerable-role"

    async def role_changed(self, username: str, scope: str) -> None:
        del username, scope
