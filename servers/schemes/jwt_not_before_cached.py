"""Tokens of a version that each process remembers for a while."""

from authbench.contracts.card import Card, Operation
from servers.schemes.jwt_not_before import NotBeforeTokens
from servers.stores.redis.client import RedisStore
from servers.stores.token_state.user_versions import CachedVersions, Versions

_REMEMBERED = (Operation.READ, Operation.LIST_ORDERS, Operation.ADD_ORDER, Operation.ADMIN_REPORT)


class CachedNotBeforeTokens(NotBeforeTokens):
    """The process that raised a version knows at once; the others within the time they remember."""

    name = "jwt-not-before-cached"
    summary = "jwt-not-before, the version remembered for some seconds by each process."
    used_by = (
        "Firebase and others with a cached checkRevoked; ASP.NET Identity re-reads its stamp every 30 min."
    )
    reason = (
        "The honest middle: a bound on staleness that is chosen, and one store read for each user and bound "
        "instead of one for each request."
    )

    @property
    def card(self) -> Card:
        """The other one's; reads of users who were just seen ask nobody."""
        window_s = self.settings.not_before_cache_s
        card = super().card
        everywhere = card.store_commands.get(Operation.LOGOUT_EVERYWHERE, {})
        return card.model_copy(
            update={
                "repeated_commands": {
                    **card.repeated_commands,
                    **{operation: {} for operation in _REMEMBERED},
                    Operation.LOGOUT_EVERYWHERE: {k: n for k, n in everywhere.items() if k != "get"},
                },
                "role_change_window_s": window_s,
                "disabled_window_s": window_s,
            }
        )

    def open_versions(self, redis: RedisStore) -> Versions:
        """Remembered."""
        return CachedVersions(redis, self.versions, self.settings.not_before_cache_s)
