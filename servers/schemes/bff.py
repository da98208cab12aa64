"""A backend for frontends (RFC 10017 section 6.1): a session at the edge, a short token behind it."""

import time
from collections import OrderedDict

from starlette.requests import Request

from authbench.contracts.card import Card, Operation
from servers.contract.claims import Claims, Identity, new_claims
from servers.contract.errors import Unauthenticated
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.codec import TokenCodec
from servers.schemes.jwt_hs256 import hs256_codec
from servers.schemes.session_redis import RedisSessionScheme

_TOKENS = 100_000
_PROTECTED = (Operation.READ, Operation.LIST_ORDERS, Operation.ADD_ORDER, Operation.ADMIN_REPORT)


class BackendForFrontend(RedisSessionScheme):
    """Both halves in one process: the edge finds the session and its token, the inside verifies the token.

    Between them nothing is sent, so the network they would need is not in the figure. A token is made anew
    when it expires, and when the session says something else: a changed role is in force at once.
    """

    name = "bff"

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._codec_made: TokenCodec | None = None
        self._tokens: OrderedDict[str, tuple[str, str, float]] = OrderedDict()
        """Session key -> its token, the scope it was made for, and until when it is used (Unix seconds)."""

    @property
    def card(self) -> Card:
        """The session's, and what the token adds."""
        card = super().card
        crypto = {
            operation: {**named, "HS256 sign": 1, "HS256 verify": 1} if operation in _PROTECTED else named
            for operation, named in card.crypto_operations.items()
        }
        return card.model_copy(
            update={
                "summary": "Session at the edge, one GETEX; a short JWT behind it, signed once a minute, "
                "verified each time.",
                "crypto_operations": crypto,
                "used_by": "single-page applications as RFC 10017 prefers them; Duende BFF, oauth2-proxy.",
                "reason": "No token ever reaches the browser, and services behind the edge verify without a "
                "store. It pays for both: the session's look-up and the token's signature.",
            }
        )

    def prepare(self) -> None:
        """Take the token's key."""
        super().prepare()
        self._codec_made = hs256_codec(self.keys.derived("token behind the edge"))

    async def authenticate(self, request: Request) -> Identity:
        """The subject of the session's token."""
        key, session = await self._presented(request)
        return self._inside(self._token_of(key, session))

    def _inside(self, token: str) -> Identity:
        """What a service behind the edge does with the token it is sent."""
        try:
            return self._codec.decode(token).identity()
        except ValueError:
            raise Unauthenticated("The session is not valid.") from None

    def _token_of(self, key: str, session: Claims) -> str:
        """The session's token while it is good for it, else a new one that does not outlive the session."""
        now = time.time()
        token, scope, until = self._tokens.get(key, ("", "", 0.0))
        if now < until and scope == session.scope:
            return token
        lifetime_s = min(self.settings.bff_token_s, session.exp - int(now))
        token = self._codec.encode(
            new_claims(session.sub, session.scope, lifetime_s, extra=self.settings.extra)
        )
        # Whole seconds: it must not expire on its way inside.
        self._tokens[key] = token, session.scope, int(now) + lifetime_s - 1
        self._tokens.move_to_end(key)
        if len(self._tokens) > _TOKENS:
            self._tokens.popitem(last=False)
        return token

    @property
    def _codec(self) -> TokenCodec:
        assert self._codec_made is not None, "prepare() was not called"  # noqa: S101
        return self._codec_made
