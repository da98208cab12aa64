"""What becomes of a refresh token that was used: which token follows it, and what that costs.

A policy that lets a token be used twice must answer both times with the same successor, or a client that lost
a reply would end its own login. Nothing is stored for that: the successor is derived from what was presented,
with a key that never leaves the servers.
"""

import hmac

from authbench.card import RefreshPolicy
from servers.keys import derived_key
from servers.oauth.refresh_tokens import DRAWN_BYTES, RefreshToken, RefreshTokens

_DERIVED = {RefreshPolicy.GRACE, RefreshPolicy.CONFIRM_ON_USE}


class Successors:
    """Which token follows another, under one policy."""

    def __init__(self, policy: RefreshPolicy, root: bytes, tokens: RefreshTokens) -> None:
        self._policy = policy
        self._tokens = tokens
        self._key = derived_key(root, "refresh successor")

    def of(self, token: RefreshToken) -> RefreshToken:
        """The token itself, a derived one, or a random one."""
        if self._policy is RefreshPolicy.STATIC:
            return token
        if self._policy not in _DERIVED:
            return self._tokens.next(token.family)
        # The family too: what follows a secret elsewhere says nothing of what follows it here.
        derived = hmac.digest(self._key, str(token).encode(), "sha256")
        return self._tokens.next(token.family, derived[:DRAWN_BYTES])


def refresh_commands(policy: RefreshPolicy) -> dict[str, int]:
    """What Redis counts for a refresh with the current token (`lua/rotate_family.lua`)."""
    written = {} if policy is RefreshPolicy.STATIC else {"hset": 1}
    return {"evalsha": 1, "hmget": 1, **written, "expire": 1}


def repeated_refresh_commands(policy: RefreshPolicy) -> dict[str, int]:
    """The same for a token that is presented again, where it yields the same successor."""
    return {"evalsha": 1, "hmget": 1} if policy in _DERIVED else refresh_commands(policy)


def refresh_crypto(policy: RefreshPolicy) -> dict[str, int]:
    """Besides signing the new access token: both secrets are hashed, the tag of the presented one is checked,
    and unless that stays the one, another is made; some are derived.
    """
    made = 0 if policy is RefreshPolicy.STATIC else 1
    return {"SHA-256": 2, "HMAC-SHA-256": 1 + made + (policy in _DERIVED)}
