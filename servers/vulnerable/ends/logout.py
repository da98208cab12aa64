"""Ends that end nothing, or not everywhere."""

from starlette.requests import Request

from servers.contract.claims import Identity
from servers.contract.scheme import Account, Issued
from servers.contract.settings import ServerSettings
from servers.schemes.session_redis import RedisSessionScheme
from servers.vulnerable.vulnerable import Vulnerable


class VulnerableLogout(Vulnerable, RedisSessionScheme):
    """Asks the browser to forget the cookie, and keeps the session. It is kept for every process (E2)."""

    name = "vulnerable-logout"
    falls_to = ("E1", "E2")

    async def revoke(self, request: Request) -> Issued:
        return Issued(headers=self.carrier.removal())


class VulnerableWorkerList(Vulnerable, RedisSessionScheme):
    """Each process lists the sessions that ended there, and tells neither the store nor another process."""

    name = "vulnerable-worker-list"
    falls_to = ("E2",)

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._ended: set[str] = set()

    async def authenticate(self, request: Request) -> Identity:
        if self.carrier.present(request) in self._ended:
            raise self.carrier.refusal()
        return await super().authenticate(request)

    async def revoke(self, request: Request) -> Issued:
        self._ended.update(self.carrier.to_end(request))
        return Issued(headers=self.carrier.removal())


class VulnerableEndAll(Vulnerable, RedisSessionScheme):
    """Has no index of a user's sessions, so what should end all of them ends none."""

    name = "vulnerable-end-all"
    falls_to = ("E5", "E6")

    async def end_all(self, username: str) -> None:
        del username

    async def password_changed(self, request: Request, account: Account) -> Issued:
        del request, account
        return Issued()


class VulnerableRole(Vulnerable, RedisSessionScheme):
    """Copies the role into the session at the login, and never looks again."""

    name = "vulnerable-role"
    falls_to = ("E7",)

    async def role_changed(self, username: str, scope: str) -> None:
        del username, scope
