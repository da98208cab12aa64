"""fastapi-users with its JWT strategy: a signed token, and the user's row with every read."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from importlib.metadata import version
from typing import Any, ClassVar

from authbench.contracts.card import PROTECTED, Operation
from servers.keys.key_directory import KEY_BYTES
from servers.libraries.parts.fastapi_users_scheme import FastapiUsersScheme, written_in_turn


class FastapiUsersJwt(FastapiUsersScheme):
    """HS256 by PyJWT; only `sub`, `aud` and `exp` travel. `destroy_token` raises: nothing ends a token.

    A token has no name of its own: two logins in the same second give the same one.
    """

    name = "fastapi-users-jwt"
    shape = "JWT strategy: HS256, and SELECT of the user per read; a logout ends nothing."
    travels = "a signed token of three claims, about 165 characters"
    reason = (
        "A changed role and a disabled account are in force at once, because the user is read each time: so "
        "the token spares no look-up. A logout and a changed password end nothing."
    )
    token_commands: ClassVar = {"read": {}, "login": {}, "logout": {}}
    refused_after_logout = False
    logins_differ = False

    @property
    def lifetime_s(self) -> int:
        return self.settings.token_lifetime_s

    @property
    def crypto_operations(self) -> dict[Operation, dict[str, int]]:
        verifies = {each: {"HS256 verify": 1} for each in (*PROTECTED, Operation.LOGOUT)}
        return {**verifies, Operation.LOGIN: {"HS256 sign": 1}}

    @property
    def crypto(self) -> dict[str, str | int]:
        return {
            "algorithm": "HS256",
            "key_bits": KEY_BYTES * 8,
            "library": f"PyJWT {version('pyjwt')}",
            "backend": "hmac (standard library)",
        }

    async def open_strategy(self, ending: AsyncExitStack) -> Any:
        return self._strategy(self.lifetime_s)

    async def seed_tokens(self, users: Sequence[Any], lifetimes_s: Sequence[int]) -> list[str]:
        """Signed by the strategy, which takes a lifetime of zero for one without an end."""
        made = {life: self._strategy(life or -1) for life in set(lifetimes_s)}
        return await written_in_turn(
            [made[life].write_token(user) for user, life in zip(users, lifetimes_s, strict=True)]
        )

    def _strategy(self, lifetime_s: int) -> Any:
        library = self.part("fastapi_users.authentication.strategy.jwt")
        # A text, as the library asks for one: the 256 bits in hexadecimal digits.
        return library.JWTStrategy(self.keys.derived("fastapi-users")[0].hex(), lifetime_s)
