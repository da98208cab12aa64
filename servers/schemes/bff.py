"""A backend for frontends (RFC 10017 section 6.1): a session at the edge, a short token behind it."""

import time
from collections import OrderedDict
from dataclasses import replace

from starlette.requests import Request

from authbench.contracts.card import PROTECTED
from servers.contract.claims import Claims, Identity, new_claims
from servers.contract.errors import Unauthenticated
from servers.contract.settings import ServerSettings
from servers.keys.keys import Keys
from servers.schemes.parts.cards import Declared, alike
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.part import Part
from servers.schemes.parts.recipes import redis_session
from servers.schemes.parts.signers import hs256
from servers.stores.redis.sessions import RedisSessions

_TOKENS = 100_000


class TokensInside(Part):
    """The token that each session stands for behind the edge, kept as long as it is good for the session."""

    declared = Declared(crypto=alike(PROTECTED, {"HS256 sign": 1, "HS256 verify": 1}))

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._tokens: OrderedDict[str, tuple[str, str, float]] = OrderedDict()
        """jti of a session -> its token, the scope it was made for, until when it is used (Unix seconds)."""

    def prepare(self, keys: Keys) -> None:
        """Take the keys, and forget the tokens of before: the key that signed them may be gone."""
        self._tokens.clear()
        self._codec = hs256(keys.derived("token behind the edge"))

    def verified(self, token: str) -> Claims:
        """What a service behind the edge does with the token it is sent."""
        try:
            return self._codec.decode(token)
        except ValueError:
            raise Unauthenticated("The session is not valid.") from None

    def token_of(self, session: Claims) -> str:
        """The session's token while it is good for it, else a new one that does not outlive the session."""
        now = time.time()
        token, scope, until = self._tokens.get(session.jti, ("", "", 0.0))
        if now < until and scope == session.scope:
            return token
        lifetime_s = min(self._settings.bff_token_s, session.exp - int(now))
        token = self._codec.encode(
            new_claims(session.sub, session.scope, lifetime_s, extra=self._settings.extra)
        )
        # Whole seconds: it must not expire on its way inside.
        self._tokens[session.jti] = token, session.scope, int(now) + lifetime_s - 1
        self._tokens.move_to_end(session.jti)
        if len(self._tokens) > _TOKENS:
            self._tokens.popitem(last=False)
        return token


class BackendForFrontend(ComposedScheme):
    """Both halves in one process: the edge finds the session and its token, the inside verifies the token.

    Between them nothing is sent, so the network they would need is not in the figure. A token is made anew
    when it expires, and when the session says something else: a changed role is in force at once.
    """

    name = "bff"
    summary = (
        "Session at the edge, one GETEX; a short JWT behind it, signed once a minute, verified each time."
    )
    used_by = "single-page applications as RFC 10017 prefers them; Duende BFF, oauth2-proxy."
    reason = (
        "No token ever reaches the browser, and services behind the edge verify without a store. It pays for "
        "both: the session's look-up and the token's signature."
    )

    def compose(self) -> Parts:
        self._inside = TokensInside(self.settings)
        return replace(redis_session(self.settings, RedisSessions), more=(self._inside,))

    async def authenticate(self, request: Request) -> Identity:
        """The subject of the session's token."""
        session = await self.credential.use(request)
        return self._inside.verified(self._inside.token_of(session)).identity()
