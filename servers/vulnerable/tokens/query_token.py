"""Credentials that are taken from anywhere."""

from urllib.parse import parse_qs

from starlette.requests import Request

from servers.contract.claims import Identity
from servers.contract.errors import Unauthenticated
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.schemes.parts.credentials import Signed
from servers.vulnerable.vulnerable import Vulnerable


class VulnerableQueryToken(Vulnerable, Hs256Tokens):
    """Takes a token from the query too, where every log keeps it."""

    name = "vulnerable-query-token"
    falls_to = ("A5",)

    async def authenticate(self, request: Request) -> Identity:
        tokens = parse_qs(request.scope["query_string"].decode("latin-1")).get("access_token", [])
        if not tokens:
            return await super().authenticate(request)
        assert isinstance(self.credential, Signed)  # noqa: S101 - as composed
        try:
            return self.credential.decoded(tokens[0]).identity()
        except ValueError:
            raise Unauthenticated("The token is not valid.") from None
