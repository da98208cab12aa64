"""Opaque bearer tokens in Redis: every request asks it, and a logout is final everywhere."""

from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import opaque_token, redis_sessions
from servers.stores.redis.reads import PlainlyReadSessions


class OpaqueRedisScheme(ComposedScheme):
    """The bearer twin of a session of fixed lifetime: the same record and the same GET, no cookie."""

    name = "opaque-redis"
    summary = "Opaque bearer token in Redis, one GET per read."
    travels = "a random 256-bit token, 43 characters"
    used_by = (
        "fastapi-users with its Redis strategy, Ory Hydra's opaque access tokens (in SQL), personal access "
        "tokens as GitHub issues them."
    )
    reason = (
        "Programs get a credential for a header that ends the moment it is revoked and tells nothing to "
        "whoever finds it. Every request depends on the store, as with a session."
    )

    def compose(self) -> Parts:
        settings = self.settings
        return opaque_token(
            settings,
            redis_sessions(settings, PlainlyReadSessions, settings.opaque_lifetime_s),
            PlainlyReadSessions.asks,
        )
