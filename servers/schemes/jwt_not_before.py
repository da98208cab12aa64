"""Tokens of a version: one write ends every token a user has."""

from dataclasses import replace

from starlette.requests import Request

from authbench.card import Card, Operation
from authbench.failure import Failure
from servers.claims import Claims, Identity
from servers.oauth.bearer import refuse_token
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.stores.not_before import Versions
from servers.stores.redis import RedisStore

_CHECKED = (Operation.READ, Operation.LIST_ORDERS, Operation.ADD_ORDER, Operation.ADMIN_REPORT)


class NotBeforeTokens(Hs256Tokens):
    """A token is good while its version is its user's. Nothing ends a single one: logout ends the refresh."""

    name = "jwt-not-before"
    summary = "jwt-hs256 with a version per user: one GET per read, one write ends all of a user's tokens."
    used_by = "Firebase (validSince), Keycloak (not-before), ASP.NET Identity (security stamp)."
    reason = (
        "Logout everywhere, a new password and a changed role work at once and cost one write, however many "
        "tokens there are. A single logout still waits for its token to expire. After a flush of the store "
        "tokens made before the first raise live again."
    )
    _versions: Versions

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        card = super().card
        commands = {**card.store_commands}
        for operation in _CHECKED:
            commands[operation] = {"get": 1}
        login = commands[Operation.LOGIN]
        commands[Operation.LOGIN] = {**login, "get": login.get("get", 0) + 1, "exists": 1}
        if Operation.REFRESH in commands:
            commands[Operation.REFRESH] = {**commands[Operation.REFRESH], "get": 1, "exists": 1}
            everywhere = commands[Operation.LOGOUT_EVERYWHERE]
            commands[Operation.LOGOUT_EVERYWHERE] = {**everywhere, "get": 1, "incr": 1}
        return card.model_copy(
            update={
                "store": "redis",
                "store_commands": commands,
                "role_change_window_s": 0,
                "disabled_window_s": 0,
            }
        )

    def open_versions(self, redis: RedisStore, family_prefix: str) -> Versions:
        """Asked each time."""
        return Versions(redis, self.settings.redis_key_prefix, family_prefix)

    async def start(self) -> None:
        """Open the store. Failure if the settings name no Redis."""
        await super().start()
        if self._redis is None:
            raise Failure(f"{self.name} needs a Redis: give --redis-url")
        self._versions = self.open_versions(self._redis, self._families.index.record_prefix)
        await self._versions.start()

    async def claims_for(self, sub: str, scope: str, family: str) -> Claims | None:
        """The token is of its user's version, if its login is still alive."""
        version = await self._versions.for_login(sub, family)
        claims = await super().claims_for(sub, scope, family)
        return None if version is None or claims is None else replace(claims, ver=version)

    async def authenticate(self, request: Request) -> Identity:
        """The subject of a good token of the right version."""
        claims = self.verified(request)
        if await self._versions.of(claims.sub) != claims.ver:
            raise refuse_token()
        return claims.identity()

    async def end_all(self, sub: str) -> None:
        """End the user's families, then their tokens. In this order: see `Versions.for_login`."""
        await super().end_all(sub)
        await self._versions.raise_for(sub)

    async def role_changed(self, username: str, scope: str) -> None:
        """In force with the next token, and the tokens before it are refused."""
        await super().role_changed(username, scope)
        await self._versions.raise_for(username)
