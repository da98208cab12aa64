"""Refresh tokens: every login is a family of them in Redis, and lasts as long as the family does."""

from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack

from starlette.requests import Request

from authbench.contracts.card import Operation, RefreshPolicy, StoreEmptied
from servers.answers.bodies import RefreshToken as RefreshTokenBody
from servers.answers.bodies import has_body, read_body
from servers.answers.security_log import digest, record
from servers.contract.claims import FIRST_PARTY, Claims
from servers.contract.errors import InvalidGrant, InvalidScope
from servers.contract.scheme import Login, Mark
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.refresh_policies import (
    Successors,
    refresh_commands,
    refresh_crypto,
    repeated_refresh_commands,
)
from servers.credentials.tokens.refresh_tokens import RefreshToken, RefreshTokens
from servers.keys.keys import Keys
from servers.schemes.parts.cards import Declared
from servers.schemes.parts.part import Logins, opened, redis_of
from servers.schemes.parts.revocation import Revocation
from servers.stores.sessions import Counts
from servers.stores.token_state.refresh_families import Ending, Families, Rotation, RotationRequest

_COMMANDS: dict[Operation, Counts] = {
    # The mark is SET and GETEX, the rest is one script.
    Operation.LOGIN: {
        "set": 1, "getex": 1, "evalsha": 1, "get": 1, "zremrangebyscore": 1, "zadd": 1, "zrange": 1,
        "expireat": 1, "hset": 1, "expire": 1,
    },
    # One that presents its refresh token; without one it asks nothing.
    Operation.LOGOUT: {"evalsha": 1, "hmget": 1, "del": 1, "zrem": 1},
    Operation.LOGOUT_EVERYWHERE: {"evalsha": 1, "zrange": 1, "del": 1},
}  # fmt: skip


class FamilyRenewal(Logins):
    """Exchanges refresh tokens under one policy. What ends a login also ends its tokens by `revocation`."""

    store: Families

    def __init__(self, settings: ServerSettings, policy: RefreshPolicy, revocation: Revocation) -> None:
        self._settings = settings
        self._policy = policy
        self._revocation = revocation
        first, again = refresh_commands(policy), repeated_refresh_commands(policy)
        hashed = {"SHA-256": 1, "HMAC-SHA-256": 1}
        self.declared = Declared(
            commands={**_COMMANDS, Operation.REFRESH: first},
            repeated={Operation.REFRESH: again} if again != first else {},
            crypto={
                Operation.LOGIN: hashed,
                Operation.LOGOUT: hashed,
                Operation.REFRESH: refresh_crypto(policy),
            },
            store="redis",
            store_emptied=StoreEmptied.LOGGED_OUT_AT_REFRESH,
            refresh_policy=policy,
        )

    def prepare(self, keys: Keys) -> None:
        self.tokens = RefreshTokens(*keys.derived("refresh token tag"))
        self._successors = Successors(self._policy, self.tokens, *keys.derived("refresh successor"))

    async def start(self, ending: AsyncExitStack) -> None:
        settings, revocation = self._settings, self._revocation
        redis = redis_of(settings)
        families = Families(
            redis,
            settings.redis_key_prefix,
            settings.refresh_idle_s,
            settings.refresh_absolute_s,
            settings.store_connections_warm,
            self._policy,
            settings.refresh_grace_s,
            revocation.denials,
            revocation.versions,
        )
        self.store = await opened(ending, families)
        await revocation.open(redis, ending)

    async def presented(self, request: Request) -> RefreshToken | None:
        """The refresh token in the body; None without a body. `InvalidGrant` if it is misspelled."""
        return await refresh_token_in(request) if await has_body(request) else None

    async def create(self, refresh: RefreshToken, claims: Claims, mark: Mark) -> int | None:
        """Begin a login whose first refresh token this is, for what the claims say; its user's version.

        None if the user's logins were ended since `mark` was taken.
        """
        return await self.store.create(
            refresh.family, refresh.secret_hash, claims.sub, claims.scope, mark, claims.client_id
        )

    async def rotate(
        self, presented: RefreshToken, client_id: str, asked: str, allowed: Collection[str] | None
    ) -> tuple[Rotation, RefreshToken]:
        """Exchange a refresh token that this client presents, as the policy says (RFC 9700 section 4.14.2).

        `asked` is less than the whole grant, for the access token alone; `allowed`, what the client may have
        by now, whatever it was granted. `InvalidScope` if it asks for more than it was granted.
        """
        # Which of them it is, the store knows.
        successors = [self._successors.of(presented), *self._successors.given_before(presented)]
        new, *given_before = (successor.secret_hash for successor in successors)
        request = RotationRequest(
            presented.family,
            presented.secret_hash,
            new,
            client_id,
            asked,
            given_before,
            " ".join(sorted(allowed or ())),
            made_here=self.tokens.made_here(presented),
        )
        rotation = await self.store.rotate(request)
        if rotation.outcome == "reused":
            record("refresh_token_reuse", login=digest(presented.family), client_id=client_id)
            self._revocation.on_end([presented.family])
            raise InvalidGrant(
                "This is not the latest refresh token of its login. The login has been ended: log in again."
            )
        if rotation.outcome == "beyond" and asked:
            raise InvalidScope
        if rotation.outcome != "rotated":
            raise invalid_refresh_token()
        return rotation, successors[rotation.successor]

    async def end(self, presented: RefreshToken, client_id: str = FIRST_PARTY) -> Ending:
        """End the login of this refresh token; one that is over stays so (RFC 7009 section 2.2).

        Any token that the login ever had will do, as any of them says that the user is leaving. Nothing is
        ended if the token was given to another client, or is none of that login's: one that somebody made up.
        """
        ending = await self.store.end(
            presented.family, presented.secret_hash, client_id, made_here=self.tokens.made_here(presented)
        )
        if ending == "over":
            self._revocation.on_end([presented.family])
        return ending

    async def end_login(self, family: str) -> None:
        """End this login, known or not. For who needs to prove nothing."""
        await self.store.end(family, made_here=True)
        self._revocation.on_end([family])

    async def begin_many(self, claims: Sequence[Claims]) -> list[RefreshToken]:
        """A login for each of many claims, which lives as long as any other. For the harness."""
        refreshes = [self.tokens.first() for _ in claims]
        await self.store.create_many(
            [
                (token.family, token.secret_hash, item.sub, item.scope)
                for token, item in zip(refreshes, claims, strict=True)
            ]
        )
        return refreshes

    async def mark(self, sub: str) -> Mark:
        return await self.store.mark(sub)

    async def of_user(self, own: Claims) -> list[Login]:
        """The user's families. A request does not tell which one its access token came from."""
        return await self.store.of_user(own.sub)

    async def end_one(self, sub: str, handle: str) -> bool:
        found = await self.store.end_one(sub, handle)
        if found:
            self._revocation.on_end([handle])
        return found

    async def end_all(self, sub: str) -> None:
        version, families = await self.store.end_all(sub)
        self._revocation.on_end(families)
        self._revocation.on_raise(sub, version)

    async def rescope(self, sub: str, scope: str) -> None:
        """In force with the next token."""
        self._revocation.on_raise(sub, await self.store.rescope(sub, scope))


def invalid_refresh_token() -> InvalidGrant:
    """The answer to a refresh token that is not good."""
    return InvalidGrant("The refresh token is not valid.")


async def refresh_token_in(request: Request) -> RefreshToken:
    """The refresh token in the body, which must have one. `InvalidGrant` if it is misspelled."""
    body = await read_body(request, RefreshTokenBody)
    presented = RefreshToken.parse(body.refresh_token.get_secret_value())
    if presented is None:
        raise invalid_refresh_token()
    return presented
