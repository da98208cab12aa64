"""Endpoints that say that they need a credential, and do not look whether there is one."""

from starlette.requests import Request

from servers.contract.claims import Identity
from servers.contract.errors import Unauthenticated
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.vulnerable.vulnerable import Vulnerable


class VulnerableUnenforced(Vulnerable, Hs256Tokens):
    """Takes whoever has no valid token for somebody. Falls to schemathesis' check `ignored_auth`."""

    name = "vulnerable-unenforced"

    async def authenticate(self, request: Request) -> Identity:
        try:
            return await super().authenticate(request)
        except Unauthenticated:
            return self.claims_of("somebody", "user").identity()
