"""Broken tokens: not verified, or not without a store, or signed with another algorithm than the twin's."""

import base64
import json

from starlette.requests import Request

from selftest.schemes.late import Patience
from servers.contract.claims import Claims, Identity
from servers.contract.errors import Unauthenticated
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.bearer import bearer_token
from servers.keys.key_pairs import RS256
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.schemes.parts.credentials import Signed
from servers.schemes.parts.signers import KeyPair


def _believed(token: str) -> Identity:
    """The subject of a token nobody verified."""
    part = token.split(".")[1]
    return Claims.parse(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))).identity()


class Unverified(Hs256Tokens):
    """Reads tokens and believes them."""

    name = "broken-unverified"

    async def authenticate(self, request: Request) -> Identity:
        try:
            return _believed(bearer_token(request))
        except (ValueError, IndexError):
            raise Unauthenticated("No token at all.") from None


class AcceptsNone(Hs256Tokens):
    """Verifies tokens, but for those that say that they are not signed (RFC 8725 section 2.1)."""

    name = "broken-alg-none"

    async def authenticate(self, request: Request) -> Identity:
        token = bearer_token(request)
        if token.endswith("."):
            return _believed(token)
        return await super().authenticate(request)


class LateUnverified(Unverified):
    """Verifies tokens until nobody is looking."""

    name = "broken-late-unverified"

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._patience = Patience()

    async def authenticate(self, request: Request) -> Identity:
        if self._patience.over():
            return await super().authenticate(request)
        return await Hs256Tokens.authenticate(self, request)


class AsksStore(Hs256Tokens):
    """Asks the store on every read, as if tokens could be revoked."""

    name = "broken-asks-store"

    async def authenticate(self, request: Request) -> Identity:
        identity = await super().authenticate(request)
        if self.asks():
            await self.before_login(identity.sub)
        return identity

    def asks(self) -> bool:
        """Whether this request does."""
        return True


class AsksStoreLate(AsksStore):
    """Asks the store on every read, once nobody is looking."""

    name = "broken-asks-store-late"

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._patience = Patience()

    def asks(self) -> bool:
        return self._patience.over()


class MixedAlgorithms(Hs256Tokens):
    """HS256 behind one arm and RS256 behind the next, under one name."""

    name = "broken-mixed-algorithms"

    def prepare(self) -> None:
        """Choose the algorithm by the number of the arm, which its store prefix ends with."""
        arm = int(self.settings.redis_key_prefix.rstrip(":").rpartition(":")[2])
        if arm % 2 == 0:
            assert isinstance(self.credential, Signed)
            self.credential.signer = KeyPair(RS256, self.settings.token_lifetime_s)
        super().prepare()
