"""Logouts that end nothing."""

from starlette.requests import Request

from servers.contract.scheme import Issued
from servers.schemes.session_redis import RedisSessionScheme
from servers.vulnerable.vulnerable import Vulnerable


class VulnerableLogout(Vulnerable, RedisSessionScheme):
    """Asks the browser to forget the cookie, and keeps the session. Falls to E1 and E2."""

    name = "vulnerable-logout"

    async def revoke(self, request: Request) -> Issued:
        return Issued(headers=self.carrier.removal())
