"""Lifetimes that nobody enforces."""

from dataclasses import replace

from authbench.contracts.card import RefreshPolicy
from servers.contract.settings import ServerSettings
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.schemes.parts.composed import Parts
from servers.schemes.parts.recipes import redis_session, signed_token
from servers.schemes.parts.renewal import FamilyRenewal
from servers.schemes.parts.signers import ACCESS_TOKEN, SharedSecret
from servers.schemes.session_redis import RedisSessionScheme
from servers.stores.redis.sessions import RedisSessions
from servers.vulnerable.tokens.careless_codec import Careless, careless_hs256
from servers.vulnerable.vulnerable import Vulnerable

_NEVER_S = 86_400


def _without(settings: ServerSettings, timeout: str) -> ServerSettings:
    """The settings with a timeout that never comes."""
    return settings.model_copy(update={timeout: _NEVER_S})


class VulnerableNoIdle(Vulnerable, RedisSessionScheme):
    """Ignores session_idle_s."""

    name = "vulnerable-no-idle"
    falls_to = ("F1",)

    def compose(self) -> Parts:
        return redis_session(_without(self.settings, "session_idle_s"), RedisSessions)


class VulnerableNoAbsolute(Vulnerable, RedisSessionScheme):
    """Ignores session_absolute_s: a session slides for ever."""

    name = "vulnerable-no-absolute"
    falls_to = ("F2",)

    def compose(self) -> Parts:
        return redis_session(_without(self.settings, "session_absolute_s"), RedisSessions)


class VulnerableLeeway(Vulnerable, Hs256Tokens):
    """Accepts a token for five more minutes, as some libraries do. So all ends of a short token come late: by
    idleness (F1), absolutely (F2), at its expiry (F3), and that of one which is over already (G7).
    """

    name = "vulnerable-leeway"
    falls_to = ("F1", "F2", "F3", "G7")

    def compose(self) -> Parts:
        codec = careless_hs256(Careless(leeway_s=300))
        return signed_token(self.settings, SharedSecret(ACCESS_TOKEN, codec))


class VulnerableEndlessRefresh(Vulnerable, Hs256Tokens):
    """Ignores refresh_absolute_s: whoever refreshes stays in for ever."""

    name = "vulnerable-endless-refresh"
    falls_to = ("F4",)

    def compose(self) -> Parts:
        parts = super().compose()
        settings = _without(self.settings, "refresh_absolute_s")
        renewal = FamilyRenewal(settings, RefreshPolicy.STRICT, parts.revocation)
        return replace(parts, renewal=renewal)
