"""Tokens that can be ended before they expire: each names its login, and a list says which are denied.

A login is denied as a whole, so that the tokens it had before its last refresh die too, and those that are
being made in this moment. A single token is denied by its jti.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request

from authbench.contracts.card import Card, Operation
from authbench.contracts.failure import Failure
from servers.answers.bodies import has_body
from servers.contract.claims import Claims, Identity
from servers.contract.scheme import Issued
from servers.credentials.tokens.authorization import require_first_party
from servers.credentials.tokens.bearer import refuse_token
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.stores.redis.client import RedisStore
from servers.stores.token_state.denials import Denials
from servers.stores.token_state.denylist import Denylist, denials

_CHECKED = (Operation.READ, Operation.LIST_ORDERS, Operation.ADD_ORDER, Operation.ADMIN_REPORT)


class RevocableTokens(Hs256Tokens):
    """The tokens of `jwt-hs256`, and a deny list. A changed role still waits for the next token."""

    _denylist: Denylist

    @property
    def denials(self) -> Denials:
        """In Redis."""
        return denials(self.settings.redis_key_prefix, self.settings.token_lifetime_s)

    @abstractmethod
    def open_denylist(self, redis: RedisStore) -> Denylist:
        """The list, not started yet."""

    def denylist_card(self, check: dict[str, int], announce: dict[str, int]) -> Card:
        """The card: what a check asks the store, and what telling others of a denial does."""
        card = super().card
        commands = {**card.store_commands}
        for operation in _CHECKED:
            commands[operation] = check
        commands[Operation.LOGOUT] = {**commands[Operation.LOGOUT], "set": 1, **announce}
        everywhere = {"evalsha": 1, "zrange": 1, "set": 1, "del": 1}
        commands[Operation.LOGOUT_EVERYWHERE] = {**check, **everywhere, **announce}
        return card.model_copy(
            update={
                "store": "redis",
                "store_commands": commands,
                "logout_ends_credential": True,
                "revocation_window_s": 0,
                "disabled_window_s": 0,
            }
        )

    async def start(self) -> None:
        """Open the store and the list. Failure if the settings name no Redis."""
        await super().start()
        if self._redis is None:
            raise Failure(f"{self.name} needs a Redis: give --redis-url")
        self._denylist = self.open_denylist(self._redis)
        await self._denylist.start()

    async def stop(self) -> None:
        """Close both."""
        if hasattr(self, "_denylist"):
            await self._denylist.stop()
        await super().stop()

    def claims_for(self, sub: str, scope: str, family: str, version: int) -> Claims:
        """The token names its login: whatever ends that ends it too, even if it is still being made."""
        return replace(super().claims_for(sub, scope, family, version), sid=family)

    def seeded(self, claims: Claims, family: str) -> Claims:
        """The same for the harness."""
        return replace(claims, sid=family)

    async def authenticate(self, request: Request) -> Identity:
        """The subject of a good token that was not denied."""
        return (await self._admitted(request)).identity()

    async def _admitted(self, request: Request) -> Claims:
        claims = self.verified(request)
        if await self._denylist.is_denied((claims.jti, claims.sid)):
            raise refuse_token()
        return claims

    async def revoke(self, request: Request) -> Issued:
        """End the login of the refresh token in the body, or that of the access token, and all its tokens."""
        if await has_body(request):
            return await super().revoke(request)
        claims = await self._admitted(request)
        require_first_party(claims.identity())
        await self.end_login(claims.sid)
        return Issued()

    def ended(self, families: Sequence[str]) -> None:
        """Their tokens were denied in the same step: know it here at once."""
        self._denylist.note(families)

    async def deny_token(self, claims: Claims) -> None:
        """End this one token (RFC 7009), and not its login."""
        await self._denylist.deny(claims.jti)
