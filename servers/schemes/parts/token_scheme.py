"""Self-contained access tokens (RFC 9068), checked without a store; refresh tokens where there is one."""

import asyncio
from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from starlette.requests import Request

from authbench.contracts.card import Card, Operation, RefreshPolicy
from servers.answers.bodies import RefreshToken as RefreshTokenBody
from servers.answers.bodies import has_body, read_body
from servers.answers.security_log import digest, record
from servers.contract.claims import CLIENT_SUBJECT, FIRST_PARTY, Claims, Identity, new_claims
from servers.contract.errors import InvalidGrant, InvalidScope, NotOffered, Unauthenticated
from servers.contract.scheme import Account, Credential, Issued, Login, Mark, Offer, Scheme
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.authorization import require_first_party
from servers.credentials.tokens.bearer import REALM, bearer_token, insufficient_scope, refuse_token
from servers.credentials.tokens.codec import TokenCodec
from servers.credentials.tokens.refresh_policies import (
    Successors,
    refresh_commands,
    refresh_crypto,
    repeated_refresh_commands,
)
from servers.credentials.tokens.refresh_tokens import RefreshToken, RefreshTokens
from servers.credentials.tokens.token_response import token_response
from servers.stores.redis.client import RedisStore
from servers.stores.token_state.denials import Denials
from servers.stores.token_state.refresh_families import Families

_RESOURCES = (
    Operation.PUBLIC,
    Operation.READ,
    Operation.LIST_ORDERS,
    Operation.ADD_ORDER,
    Operation.ADMIN_REPORT,
)
_STORED: dict[Operation, dict[str, int]] = {
    # The mark is SET and GETEX, the rest is one script.
    Operation.LOGIN: {
        "set": 1, "getex": 1, "evalsha": 1, "get": 1, "zremrangebyscore": 1, "zadd": 1, "zrange": 1,
        "expireat": 1, "hset": 1, "expire": 1,
    },
    Operation.LOGOUT: {"evalsha": 1, "hmget": 1, "del": 1, "zrem": 1},
    Operation.LOGOUT_EVERYWHERE: {"evalsha": 1, "zrange": 1, "del": 1},
}  # fmt: skip
"""With a store. A logout that presents its refresh token; without one it asks nothing."""


class TokenScheme(Scheme):
    """A signed token in the Authorization header. Logout cannot end it: it is good until `exp`.

    With a Redis every login is a family of refresh tokens: logout ends the family. Without one there is
    nothing to refresh, and a login lasts as long as its token.
    """

    summary: ClassVar[str]
    travels: ClassVar[str]
    used_by: ClassVar[str] = ""
    reason: ClassVar[str] = ""
    refresh_policy: ClassVar[RefreshPolicy] = RefreshPolicy.STRICT
    token_type: ClassVar[str] = "Bearer"  # noqa: S105 - a name
    """What stands before the token in the Authorization header (RFC 6749 section 7.1)."""

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._codec_made: TokenCodec | None = None
        self._opened: Families | None = None
        self._redis: RedisStore | None = None
        self._with_store = settings.redis_url is not None
        self._tokens_made: RefreshTokens | None = None
        self._successors: Successors | None = None

    @property
    @abstractmethod
    def algorithm(self) -> str:
        """What signs, by its name in a token's header."""

    @abstractmethod
    def make_codec(self) -> TokenCodec:
        """What signs and verifies, with the server's keys. Failure if they cannot be used."""

    @property
    def card(self) -> Card:
        """What the scheme declares of itself, with a store or without."""
        commands: dict[Operation, dict[str, int]] = {operation: {} for operation in _RESOURCES}
        first, again = refresh_commands(self.refresh_policy), repeated_refresh_commands(self.refresh_policy)
        if self._with_store:
            commands |= {**_STORED, Operation.REFRESH: first}
        else:
            commands |= {Operation.LOGIN: {}, Operation.LOGOUT: {}}
        return Card(
            name=self.name,
            summary=self.summary,
            authenticates=True,
            carrier="authorization",
            travels=self.travels,
            store="redis" if self._with_store else "none",
            store_commands=commands,
            repeated_commands={Operation.REFRESH: again} if self._with_store and again != first else {},
            crypto_operations=self._crypto_operations(),
            logout_ends_credential=False,
            revocation_window_s=self.settings.token_lifetime_s,
            role_change_window_s=self.settings.token_lifetime_s,
            disabled_window_s=self.settings.token_lifetime_s,
            refreshes=self._with_store,
            refresh_policy=self.refresh_policy if self._with_store else None,
            used_by=self.used_by,
            reason=self.reason,
            loopback_only=False,
        )

    @property
    def challenge(self) -> str:
        """RFC 6750 section 3."""
        return REALM

    @property
    def security(self) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}

    @property
    def offers(self) -> frozenset[Offer]:
        """Everything that needs a record of the login, if there is one."""
        return (
            frozenset({Offer.REFRESH, Offer.LOGOUT_EVERYWHERE, Offer.SESSIONS})
            if self._with_store
            else frozenset()
        )

    @property
    def crypto(self) -> dict[str, str | int]:
        """What signs and verifies."""
        return self._codec.crypto

    @property
    def store_failures(self) -> int:
        """How often Redis was unavailable since the start."""
        return self._opened.failures if self._opened else 0

    @property
    def _codec(self) -> TokenCodec:
        assert self._codec_made is not None, "prepare() was not called"  # noqa: S101
        return self._codec_made

    @property
    def _families(self) -> Families:
        if self._opened is None:
            raise NotOffered
        return self._opened

    @property
    def refresh_tokens(self) -> RefreshTokens:
        """What makes refresh tokens, and knows them again."""
        assert self._tokens_made is not None, "prepare() was not called"  # noqa: S101
        return self._tokens_made

    def _crypto_operations(self) -> dict[Operation, dict[str, int]]:
        """One signature for a new token, one verification for a read."""
        signs, verifies = {f"{self.algorithm} sign": 1}, {f"{self.algorithm} verify": 1}
        protected: dict[Operation, dict[str, int]] = {
            op: verifies for op in _RESOURCES if op is not Operation.PUBLIC
        }
        if not self._with_store:
            return {**protected, Operation.LOGIN: signs, Operation.LOGOUT: verifies}
        return {
            **protected,
            Operation.LOGIN: {**signs, "SHA-256": 1, "HMAC-SHA-256": 1},
            Operation.LOGOUT: {"SHA-256": 1, "HMAC-SHA-256": 1},
            Operation.REFRESH: {**signs, **refresh_crypto(self.refresh_policy)},
            Operation.LOGOUT_EVERYWHERE: verifies,
        }

    @property
    def denials(self) -> Denials | None:
        """How the end of a login denies its tokens, where that can be."""
        return None

    @property
    def versions(self) -> str | None:
        """The prefix of the users' versions, where tokens have one."""
        return None

    def prepare(self) -> None:
        """Take the keys: each process must know the tokens of the others."""
        self._codec_made = self.make_codec()
        self._tokens_made = RefreshTokens(*self.keys.derived("refresh token tag"))
        self._successors = Successors(
            self.refresh_policy, self._tokens_made, *self.keys.derived("refresh successor")
        )

    async def start(self) -> None:
        """Open the store, if there is one."""
        settings = self.settings
        if self._codec_made is None:  # a process alone
            self.prepare()
        if settings.redis_url is not None:
            self._redis = RedisStore(
                settings.redis_url, settings.store_deadline_ms / 1000, settings.store_connections
            )
            self._opened = Families(
                self._redis,
                settings.redis_key_prefix,
                settings.refresh_idle_s,
                settings.refresh_absolute_s,
                settings.store_connections_warm,
                self.refresh_policy,
                settings.refresh_grace_s,
                self.denials,
                self.versions,
            )
            await self._opened.start()

    async def stop(self) -> None:
        """Close the store."""
        if self._opened is not None:
            await self._opened.stop()

    def scope_challenge(self, scope: str | None) -> str:
        """RFC 6750 section 3.1."""
        return insufficient_scope(self.challenge, scope)

    async def before_login(self, username: str) -> Mark:
        """The user's mark in the store."""
        return await self._opened.mark(username) if self._opened else None

    async def issue(self, account: Account, request: Request, mark: Mark) -> Issued:
        """New tokens in the shape of RFC 6749 section 5.1."""
        del request
        if self._opened is None:
            return self._answer(self.claims_for(account.username, account.scope, "", 0), None)
        refresh = self.refresh_tokens.first()
        created = await self._opened.create(
            refresh.family, refresh.secret_hash, account.username, account.scope, mark
        )
        if created is None:
            raise Unauthenticated("All logins were ended during this one: log in again.")
        claims = self.claims_for(account.username, account.scope, refresh.family, created.version)
        return self._answer(claims, refresh)

    def claims_for(self, sub: str, scope: str, family: str, version: int) -> Claims:
        """What a new token of this login says. `version` is the user's when `scope` was read."""
        del family, version
        return new_claims(sub, scope, self.settings.token_lifetime_s, extra=self.settings.extra)

    def seeded(self, claims: Claims, family: str) -> Claims:
        """What the harness's token of this login says."""
        del family
        return claims

    async def authenticate(self, request: Request) -> Identity:
        """The subject of a good token. No store is asked."""
        return self.verified(request).identity()

    def verified(self, request: Request) -> Claims:
        """The claims of the token presented, all of it checked but whether it was revoked."""
        token = bearer_token(request)
        # RFC 7515 section 2: base64url without padding. PyJWT lets some of it pass, and then one token has
        # two spellings.
        if "=" in token:
            raise refuse_token()
        try:
            claims = self._codec.decode(token)
        except ValueError:
            raise refuse_token() from None
        # Bound to a key of its client's: worth nothing without a proof, and none is checked here (RFC 9449
        # section 7.2).
        if claims.jkt:
            raise refuse_token()
        return claims

    async def owner(self, request: Request) -> Identity:
        """Who sent the request, by a token of a login of the user's own: an OAuth client may not touch the
        account it was let into.
        """
        identity = await self.authenticate(request)
        require_first_party(identity)
        return identity

    async def refresh(self, request: Request) -> Issued:
        """Exchange a refresh token, as the scheme's policy says (RFC 9700 section 4.14.2)."""
        if self._opened is None:
            raise NotOffered
        return await self.renew(await _refresh_token(request))

    async def renew(
        self,
        presented: RefreshToken | None,
        client_id: str = FIRST_PARTY,
        asked: str = "",
        allowed: Collection[str] | None = None,
    ) -> Issued:
        """The same for a token at hand, presented by this client; None is one that was misspelled.

        `asked` is less than the whole grant, for the access token alone; `allowed`, what the client may have
        by now, whatever it was granted. `InvalidScope` if it asks for more than it was granted.
        """
        families = self._families
        if presented is None:
            raise InvalidGrant("The refresh token is not valid.")
        assert self._successors is not None, "prepare() was not called"  # noqa: S101
        # Which of them it is, the store knows.
        successors = [self._successors.of(presented), *self._successors.given_before(presented)]
        new, *given_before = (successor.secret_hash for successor in successors)
        rotation = await families.rotate(
            presented.family,
            presented.secret_hash,
            new,
            client_id,
            asked,
            given_before,
            allowed=" ".join(sorted(allowed or ())),
            made_here=self.refresh_tokens.made_here(presented),
        )
        if rotation.outcome == "reused":
            record("refresh_token_reuse", login=digest(presented.family), client_id=client_id)
            self.ended([presented.family])
            raise InvalidGrant(
                "This is not the latest refresh token of its login. The login has been ended: log in again."
            )
        if rotation.outcome == "beyond" and asked:
            raise InvalidScope
        if rotation.outcome != "rotated":
            raise InvalidGrant("The refresh token is not valid.")
        claims = self.claims_for(rotation.sub, rotation.scope, presented.family, rotation.version)
        return self._answer(replace(claims, client_id=client_id), successors[rotation.successor])

    def ended(self, families: Sequence[str]) -> None:
        """Take note of logins that this process has just ended in the store."""

    async def revoke(self, request: Request) -> Issued:
        """End the login of the refresh token in the body; the access token stays valid until `exp`.

        Any token that the login ever had will do, as any of them says that the user is leaving; one that
        somebody made up is refused and ends nothing. Who sends none must at least send a good access token.
        """
        presented = await self.presented_refresh(request)
        if presented is None:
            await self.owner(request)
        elif not await self.end_presented(presented):
            raise InvalidGrant("The refresh token is not valid.")
        return Issued()

    async def end_presented(self, presented: RefreshToken, client_id: str = FIRST_PARTY) -> bool:
        """End the login of this refresh token as far as the scheme can; one that is over stays so (RFC 7009
        section 2.2). False, and nothing ended, if the token was given to another client (section 2.1), or is
        none of that login's.
        """
        over = await self._families.end(
            presented.family,
            presented.secret_hash,
            client_id,
            made_here=self.refresh_tokens.made_here(presented),
        )
        if over:
            self.ended([presented.family])
        return over

    async def end_login(self, family: str) -> None:
        """End this login, known or not, as far as the scheme can. For who needs to prove nothing."""
        await self._families.end(family, made_here=True)
        self.ended([family])

    async def grant(
        self, sub: str, scope: str, client_id: str, refresh: RefreshToken, mark: Mark
    ) -> dict[str, Any] | None:
        """Tokens of a new login through a client, as its refresh token says; None if the user's logins were
        ended since `mark` was taken.
        """
        created = await self._families.create(
            refresh.family, refresh.secret_hash, sub, scope, mark, client_id
        )
        if created is None:
            return None
        claims = self.claims_for(sub, scope, refresh.family, created.version)
        return self._answer(replace(claims, client_id=client_id), refresh).body

    def token_of_client(self, client_id: str, scope: str) -> dict[str, Any]:
        """A token of a client that acts for itself (RFC 6749 section 4.4); nothing renews it."""
        settings = self.settings
        claims = new_claims(
            CLIENT_SUBJECT + client_id,
            scope,
            settings.token_lifetime_s,
            extra=settings.extra,
            client_id=client_id,
        )
        return self._answer(claims, None).body

    async def presented_refresh(self, request: Request) -> RefreshToken | None:
        """The refresh token in the body; None without one, or without a store."""
        if self._opened is None or not await has_body(request):
            return None
        presented = await _refresh_token(request)
        if presented is None:
            raise InvalidGrant("The refresh token is not valid.")
        return presented

    async def revoke_everywhere(self, request: Request) -> Issued:
        """End all logins of the user; access tokens stay valid until `exp`."""
        if self._opened is None:
            raise NotOffered
        identity = await self.owner(request)
        await self.end_all(identity.sub)
        return Issued()

    async def logins(self, request: Request) -> list[Login]:
        """The user's families. A request does not tell which one its access token came from."""
        families = self._families
        identity = await self.owner(request)
        return await families.of_user(identity.sub)

    async def revoke_login(self, request: Request, handle: str) -> bool:
        """End the family of that name."""
        families = self._families
        identity = await self.owner(request)
        found = await families.end_one(identity.sub, handle)
        if found:
            self.ended([handle])
        return found

    async def role_changed(self, username: str, scope: str) -> None:
        """Write the new scope into the user's families: in force with the next token."""
        if self._opened is not None:
            await self._opened.rescope(username, scope)

    async def end_all(self, username: str) -> None:
        """End the user's families, if there is a store to know them; access tokens stay valid until `exp`."""
        if self._opened is not None:
            _, families = await self._opened.end_all(username)
            self.ended(families)

    async def seed(self, claims: Sequence[Claims]) -> list[Credential]:
        """A token each, and a family each if there is a store. Families live as long as any other."""
        credentials = []
        refreshes = [self.refresh_tokens.first() for _ in claims] if self._opened else []
        for count, item in enumerate(claims):
            said = self.seeded(item, refreshes[count].family if refreshes else "")
            headers = {"Authorization": f"{self.token_type} {self._codec.encode(said)}"}
            credentials.append(Credential(headers, item, str(refreshes[count]) if refreshes else None))
            # A signature of RSA takes a millisecond.
            if count % 20 == 0:
                await asyncio.sleep(0)
        if self._opened is not None:
            await self._opened.create_many(
                [
                    (token.family, token.secret_hash, item.sub, item.scope)
                    for token, item in zip(refreshes, claims, strict=True)
                ]
            )
        self.credentials_issued += len(credentials)
        return credentials

    async def delete_keys(self) -> int:
        """Remove everything of this server from Redis."""
        return await self._opened.clear() if self._opened else 0

    async def ping_store(self, count: int) -> list[float]:
        """Round trips to Redis in microseconds."""
        return await self._opened.round_trips_us(count) if self._opened else []

    def _answer(self, claims: Claims, refresh: RefreshToken | None) -> Issued:
        token = self._codec.encode(claims)
        self.credentials_issued += 1
        lifetime_s = self.settings.token_lifetime_s
        renews = str(refresh) if refresh else None
        return Issued(token_response(token, lifetime_s, claims.scope, renews, self.token_type))


async def _refresh_token(request: Request) -> RefreshToken | None:
    body = await read_body(request, RefreshTokenBody)
    return RefreshToken.parse(body.refresh_token.get_secret_value())
