"""Tokens of a version: one write ends every token a user has."""

from dataclasses import replace

from starlette.requests import Request

from authbench.contracts.card import Card, Operation
from authbench.contracts.failure import Failure
from servers.contract.claims import Claims, Identity
from servers.credentials.tokens.bearer import refuse_token
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.stores.redis.client import RedisStore
from servers.stores.token_state.user_versions import Versions

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
        commands[Operation.LOGIN] = {**login, "get": login.get("get", 0) + 1}
        if Operation.REFRESH in commands:
            commands[Operation.REFRESH] = {**commands[Operation.REFRESH], "get": 1}
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

    @property
    def versions(self) -> str:
        """One for each user."""
        return f"{self.settings.redis_key_prefix}version:"

    def open_versions(self, redis: RedisStore) -> Versions:
        """Asked each time."""
        return Versions(redis, self.versions)

    async def start(self) -> None:
        """Open the store. Failure if the settings name no Redis."""
        await super().start()
        if self._redis is None:
            raise Failure(f"{self.name} needs a Redis: give --redis-url")
        self._versions = self.open_versions(self._redis)
        await self._versions.start()

    def claims_for(self, sub: str, scope: str, family: str, version: int) -> Claims:
        """The token is of the version that its user had when the login was seen alive, and its scope read."""
        return replace(super().claims_for(sub, scope, family, version), ver=version)

    async def authenticate(self, request: Request) -> Identity:
        """The subject of a good token of the right version."""
        claims = self.verified(request)
        if await self._versions.of(claims.sub) != claims.ver:
            raise refuse_token()
        return claims.identity()

    async def end_all(self, username: str) -> None:
        """End the user's families and tokens."""
        version, _ = await self._families.end_all(username)
        self._versions.raised(username, version)

    async def role_changed(self, username: str, scope: str) -> None:
        """In force with the next token, and the tokens before it are refused."""
        self._versions.raised(username, await self._families.rescope(username, scope))
