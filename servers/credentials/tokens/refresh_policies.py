"""What becomes of a refresh token that was used: which token follows it, and what that costs.

A policy that lets a token be used twice must answer both times with the same successor, or a client that lost
a reply would end its own login. Nothing is stored for that: the successor is derived from what was presented,
with a key that never leaves the servers.
"""

import hmac

from authbench.contracts.card import RefreshPolicy
from servers.credentials.tokens.refresh_tokens import DRAWN_BYTES, RefreshToken, RefreshTokens

_DERIVED = {RefreshPolicy.GRACE, RefreshPolicy.CONFIRM_ON_USE}


class Successors:
    """Which token follows another, under one policy."""

    def __init__(self, policy: RefreshPolicy, tokens: RefreshTokens, key: bytes, *older: bytes) -> None:
        """Successors are derived with `key`; those that were derived with the older ones are still known.

        The keys of `tokens` are those of the same secrets, in the same order.
        """
        self._policy = policy
        self._tokens = tokens
        self._keys = (key, *older)

    def of(self, token: RefreshToken) -> RefreshToken:
        """The token itself, a derived one, or a random one."""
        if self._policy is RefreshPolicy.STATIC:
            return token
        if self._policy not in _DERIVED:
            return self._tokens.next(token.family)
        return self._derived(0, token)

    def given_before(self, token: RefreshToken) -> list[RefreshToken]:
        """What may have followed it while an older key was in use: nothing, as long as there is one key."""
        if self._policy not in _DERIVED:
            return []
        return [self._derived(place, token) for place in range(1, len(self._keys))]

    def _derived(self, place: int, token: RefreshToken) -> RefreshToken:
        # The family too: what follows a secret elsewhere says nothing of what follows it here.
        derived = hmac.digest(self._keys[place], str(token).encode(), "sha256")
        return self._tokens.next(token.family, derived[:DRAWN_BYTES], place)


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
