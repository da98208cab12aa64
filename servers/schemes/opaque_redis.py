"""Opaque bearer tokens in Redis: every request asks it, and a logout is final everywhere."""

from authbench.contracts.card import Card
from servers.schemes.parts.fixed_lifetime import HASHED, REDIS_COMMANDS
from servers.schemes.parts.opaque_tokens import OpaqueTokens
from servers.schemes.session_redis import redis_of
from servers.stores.redis.plainly_read_sessions import PlainlyReadSessions
from servers.stores.sessions import SessionStore


class OpaqueRedisScheme(OpaqueTokens):
    """The bearer twin of a session of fixed lifetime: the same record and the same GET, no cookie."""

    name = "opaque-redis"

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        return Card(
            name=self.name,
            summary="Opaque bearer token in Redis, one GET per read.",
            authenticates=True,
            carrier="authorization",
            travels="a random 256-bit token, 43 characters",
            store="redis",
            store_commands=REDIS_COMMANDS,
            crypto_operations=HASHED,
            logout_ends_credential=True,
            revocation_window_s=0,
            role_change_window_s=0,
            disabled_window_s=0,
            used_by="fastapi-users with its Redis strategy, Ory Hydra's opaque access tokens (in SQL), "
            "personal access tokens as GitHub issues them.",
            reason="Programs get a credential for a header that ends the moment it is revoked and tells "
            "nothing to whoever finds it. Every request depends on the store, as with a session.",
            loopback_only=False,
        )

    def open_store(self) -> SessionStore:
        """Tokens behind one RedisStore, that live as long as their claims."""
        settings = self.settings
        return PlainlyReadSessions(
            redis_of(settings, self.name),
            settings.redis_key_prefix,
            settings.opaque_lifetime_s,
            settings.store_connections_warm,
        )
