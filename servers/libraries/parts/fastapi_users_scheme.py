"""What an application does with a strategy of fastapi-users, whichever it is."""

import asyncio
import secrets
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, ClassVar

from starlette.requests import Request

from authbench.contracts.card import PROTECTED, Card, Operation, StoreEmptied, StoreLoss
from authbench.contracts.failure import Failure
from servers.contract.claims import Claims, Identity, new_claims
from servers.contract.scheme import Account, Credential, Issued, Mark
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.bearer import bearer_token, refuse_token
from servers.libraries.parts.library_scheme import LibraryScheme
from servers.schemes.parts.carriers import BearerCarrier
from servers.stores.sessions import Counts
from servers.stores.sql.statement_counter import StatementCounter

_AT_ONCE = 16
"""Tokens that are written at the same time."""


class FastapiUsersScheme(LibraryScheme):
    """A strategy behind a bearer token: it makes, reads and destroys tokens, and asks for the user each time.

    Users are in a table of the library's own (`session_database_url`). In an application they are there from
    their registration on; here a login puts the account there, with the one statement that the library's own
    login needs to look it up. So a changed role and a disabled account are in force with the next request.

    A changed password ends nothing: the library keeps no list of a user's tokens.
    """

    distribution = "fastapi-users"
    shape: ClassVar[str]
    reason: ClassVar[str]
    travels: ClassVar[str] = "a random 256-bit token, 43 characters"
    token_commands: ClassVar[Mapping[str, Counts]]
    """What making (login), reading (read) and destroying (logout) a token asks, without the user's row."""
    refused_after_logout: ClassVar[bool] = True
    logins_differ: ClassVar[bool] = True

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._carrier = BearerCarrier()
        self._statements = StatementCounter()
        self._ending = AsyncExitStack()

    @property
    @abstractmethod
    def lifetime_s(self) -> int:
        """Seconds that a token is good."""

    @abstractmethod
    async def open_strategy(self, ending: AsyncExitStack) -> Any:
        """The library's strategy, with all it needs; `ending` closes that."""

    @abstractmethod
    async def seed_tokens(self, users: Sequence[Any], lifetimes_s: Sequence[int]) -> list[str]:
        """A token for each user, good for so long; one of zero seconds or less has expired."""

    @property
    def card(self) -> Card:
        asked = self.token_commands
        user = {"select": 1}
        read = _sum(asked["read"], user)
        return Card(
            name=self.name,
            summary=f"{self.library}, {self.shape}",
            authenticates=True,
            carrier="authorization",
            travels=self.travels,
            store="redis" if "get" in asked["read"] else "sql",
            store_commands={
                Operation.PUBLIC: {},
                **dict.fromkeys(PROTECTED, read),
                Operation.LOGIN: _sum(asked["login"], {"insert": 1}),
                Operation.LOGOUT: _sum(read, asked["logout"]),
            },
            crypto_operations=self.crypto_operations,
            logout_ends_credential=self.refused_after_logout,
            revocation_window_s=self.lifetime_s,
            logins_differ=self.logins_differ,
            store_loss=StoreLoss.REFUSES,
            store_emptied=StoreEmptied.LOGGED_OUT,
            used_by="applications on FastAPI.",
            reason=self.reason,
            loopback_only=False,
        )

    @property
    def crypto_operations(self) -> dict[Operation, dict[str, int]]:
        return {}

    @property
    def challenge(self) -> str:
        return self._carrier.challenge

    @property
    def security(self) -> dict[str, str]:
        return self._carrier.security

    def scope_challenge(self, scope: str | None) -> str:
        return self._carrier.scope_challenge(scope)

    @property
    def store_failures(self) -> int:
        return self.users.failures

    @property
    def store_statements(self) -> dict[str, int]:
        """As the engine sent them."""
        return dict(self._statements.counted)

    def prepare(self) -> None:
        """Failure if several processes would each have users of their own."""
        if self.settings.workers > 1 and self.settings.session_database_url is None:
            raise Failure(f"{self.name} with several workers needs a session_database_url they share")
        super().prepare()

    async def start(self) -> None:
        """Open table and strategy. Failure in one line without the library or what they need."""
        authentication = self.part("fastapi_users.authentication")
        # Here and not above: the command that only asks for cards would wait for SQLAlchemy.
        from servers.database.engine import Database
        from servers.libraries.parts.user_table import SCHEMA, User, UserTable

        settings = self.settings
        database = Database(settings.session_database_url, settings.database_deadline_ms / 1000, SCHEMA)
        self._ending.push_async_callback(database.stop)
        await database.start()
        self._statements.listen(database.engine)
        self.users = UserTable(database)
        self._user = User
        self._manager = _manager(self.users)
        self.strategy: Any = await self.open_strategy(self._ending)
        transport = authentication.BearerTransport(tokenUrl="login")
        self._backend: Any = authentication.AuthenticationBackend(self.name, transport, lambda: self.strategy)

    async def stop(self) -> None:
        await self._ending.aclose()

    async def issue(self, account: Account, request: Request, mark: Mark) -> Issued:
        user = self._account(account.username, account.scope)
        await self.users.register([user])
        token = await self.strategy.write_token(user)
        self.credentials_issued += 1
        return self._carrier.attach(token, new_claims(account.username, account.scope, self.lifetime_s))

    async def authenticate(self, request: Request) -> Identity:
        _, user = await self._read(request)
        return Identity(user.username, tuple(user.scope.split()))

    async def revoke(self, request: Request) -> Issued:
        """As the library's own logout: a token that is good is destroyed, as far as its strategy can."""
        token, user = await self._read(request)
        await self._backend.logout(self.strategy, user, token)
        return Issued()

    async def password_changed(self, request: Request, account: Account) -> Issued:
        """Nothing ends: see above."""
        return Issued()

    async def end_all(self, username: str) -> None:
        """The account was disabled: its row says so."""
        await self.users.disable(self._user(_id_of(username), username, "", is_active=False))

    async def role_changed(self, username: str, scope: str) -> None:
        await self.users.rescope(self._account(username, scope))

    async def seed(self, claims: Sequence[Claims]) -> list[Credential]:
        """Users who were registered with this scope: a row for each name and scope."""
        users = [self._user(f"seeded:{item.scope}:{item.sub}", item.sub, item.scope) for item in claims]
        await self.users.register(users)
        now = int(time.time())
        tokens = await self.seed_tokens(users, [item.exp - now for item in claims])
        self.credentials_issued += len(tokens)
        return [
            Credential(self._carrier.sent(token, item), item)
            for token, item in zip(tokens, claims, strict=True)
        ]

    async def delete_keys(self) -> int:
        return await self.users.clear()

    async def ping_store(self, count: int) -> list[float]:
        return await self.users.round_trips_us(count)

    async def _read(self, request: Request) -> tuple[str, Any]:
        """The token presented, and its user, as the library's `Authenticator` finds them."""
        token = bearer_token(request)
        user = await self.strategy.read_token(token, self._manager)
        if user is None or not user.is_active:
            raise refuse_token()
        return token, user

    def _account(self, username: str, scope: str) -> Any:
        return self._user(_id_of(username), username, scope)


async def written_in_turn(made: Sequence[Any]) -> list[str]:
    """Await these, some at a time."""
    done: list[str] = []
    for start in range(0, len(made), _AT_ONCE):
        done += await asyncio.gather(*made[start : start + _AT_ONCE])
    return done


def never_written() -> str:
    """A token as the library makes them, which it did not make: what one is worth whose record is gone."""
    return secrets.token_urlsafe()


def _id_of(username: str) -> str:
    return f"account:{username}"


def _manager(users: Any) -> Any:
    """The library's manager of users, whose ids are texts."""
    from fastapi_users import BaseUserManager

    class Manager(BaseUserManager[Any, str]):
        def parse_id(self, value: Any) -> str:
            return value.decode() if isinstance(value, bytes) else str(value)

    return Manager(users)


def _sum(*counts: Counts) -> dict[str, int]:
    names = dict.fromkeys(name for each in counts for name in each)
    return {name: sum(each.get(name, 0) for each in counts) for name in names}
