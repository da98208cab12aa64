"""The users of one scheme during a drill: their logins, what each does next, and what came of it."""

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from authbench.contracts.card import Card, Operation
from authbench.contracts.security.drill_history import OUTSIDE_NS, UNSURE, Act, Answer, Event
from loadtests.clients.client import Client, Headers
from loadtests.history.connections import Connections, Replied

_ORDER = json.dumps({"item": "book", "quantity": 1})
_REFUSED = {401, 403}
_INVALID_GRANT = 400
_CHECK_TRIES = 4
_CHECK_PAUSE_S = 0.5
REGULARS = 10
"""Logins that send most reads, so that caches know them; the others are idle most of the time."""
_REGULAR_SHARE = 0.8


@dataclass
class HeldLogin:
    """What a client keeps of a login."""

    number: int
    sub: str
    headers: Headers
    refresh_token: str | None = None
    refreshing: bool = False
    """A refresh is under way: a client waits for it before the next."""
    ended: bool = False
    """Its user has tried to end it."""


@dataclass(frozen=True)
class End:
    """How a user ends a login so that as much as possible ends with it, and what the card says of it."""

    operation: Operation
    window_s: float
    """Seconds for which the card still lets the credential in."""


def way_to_end(card: Card) -> End:
    """Logout where that ends the credential; else a logout of everything, where that ends it sooner."""
    everywhere = Operation.LOGOUT_EVERYWHERE
    sooner = card.disabled_window_s < card.revocation_window_s
    if not card.logout_ends_credential and everywhere in card.store_commands and sooner:
        return End(everywhere, card.disabled_window_s)
    return End(Operation.LOGOUT, card.revocation_window_s)


@dataclass
class Users:
    """Everybody who uses one server. `clock` tells ns since the load began."""

    card: Card
    client: Client
    connections: Connections
    clock: Callable[[], int]
    accounts: list[str]
    """Usernames that can log in with `password`."""
    password: str
    login_headers: Headers
    live: list[HeldLogin]
    leaving: list[HeldLogin]
    """Logins that will be ended one after another."""
    refreshing: list[HeldLogin] = field(default_factory=list)
    ended: list[HeldLogin] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    _numbers: int = 0
    _logged_in: int = 0

    def __post_init__(self) -> None:
        self.end = way_to_end(self.card)
        self._numbers = len(self.all)

    @property
    def all(self) -> list[HeldLogin]:
        return sorted(
            [*self.live, *self.leaving, *self.refreshing, *self.ended], key=lambda login: login.number
        )

    async def act(self, act: Act, due_ns: int, chance: random.Random) -> None:
        """Do one thing and write down how it ended. `chance` chooses the login."""
        match act:
            case Act.PUBLIC:
                reply, sent_ns = await self._send("GET", "/public", {})
                self._note(act, -1, due_ns, sent_ns, reply, 200)
            case Act.READ:
                await self.read(self._reader(chance), due_ns)
            case Act.LOGIN:
                await self._log_in(due_ns)
            case Act.END:
                if self.leaving:
                    await self.end_login(self.leaving.pop(0), due_ns)
            case Act.REFRESH:
                login = next((each for each in self.refreshing if not each.refreshing), None)
                if login is not None:
                    self.refreshing.remove(login)
                    self.refreshing.append(login)
                    await self.refresh(login, due_ns)
            case Act.ORDER:
                await self._order(chance.choice(self.live), due_ns)
            case Act.LIST:
                await self.list_orders(chance.choice(self.live), due_ns)

    async def read_ended(self, due_ns: int, chance: random.Random) -> None:
        """Present a login that its user has ended."""
        if self.ended:
            await self.read(chance.choice(self.ended), due_ns)

    async def read(self, login: HeldLogin, due_ns: int) -> Answer:
        reply, sent_ns = await self._ask(Operation.READ, login)
        body = reply.json() if reply is not None and reply.status == 200 else None
        other = isinstance(body, dict) and body.get("sub") != login.sub
        return self._note(Act.READ, login.number, due_ns, sent_ns, reply, 200, wrong=other)

    async def end_login(self, login: HeldLogin, due_ns: int) -> None:
        """From now on the login is presented as one that was ended, whatever came of it."""
        login.ended = True
        operation, token = self.end.operation, login.refresh_token
        body = {"refresh_token": token} if token and operation is Operation.LOGOUT else None
        reply, sent_ns = await self._ask(operation, login, body)
        self._note(Act.END, login.number, due_ns, sent_ns, reply, operation.status)
        self.ended.append(login)

    async def refresh(self, login: HeldLogin, due_ns: int) -> None:
        sent_ns = self.clock()
        content = json.dumps({"refresh_token": login.refresh_token})
        login.refreshing = True
        try:
            reply = await self.connections.request("POST", "/refresh", self.client.refresh_headers(), content)
        finally:
            login.refreshing = False
        self._note(Act.REFRESH, login.number, due_ns, sent_ns, reply, 200)
        kept = self._kept(reply)
        if kept is not None:
            login.headers, login.refresh_token = kept

    async def list_orders(self, login: HeldLogin, due_ns: int) -> None:
        reply, sent_ns = await self._ask(Operation.LIST_ORDERS, login)
        body = reply.json() if reply is not None and reply.status == 200 else None
        found = [int(order["id"]) for order in body["orders"]] if isinstance(body, dict) else []
        self._note(Act.LIST, login.number, due_ns, sent_ns, reply, 200, orders=tuple(found))

    async def check(self, login: HeldLogin) -> None:
        """Is it good, are its orders there, can it be refreshed? After the load.

        A read that is answered 503, or not at all, is made again: on a busy machine a server may miss its
        store's deadline long after the failure, and that says nothing of the login.
        """
        for _ in range(_CHECK_TRIES):
            if await self.read(login, OUTSIDE_NS) not in UNSURE:
                break
            await asyncio.sleep(_CHECK_PAUSE_S)
        if not login.ended:
            await self.list_orders(login, OUTSIDE_NS)
        if login.refresh_token:
            await self.refresh(login, OUTSIDE_NS)

    async def _log_in(self, due_ns: int) -> None:
        username = self.accounts[self._logged_in % len(self.accounts)]
        self._logged_in += 1
        content = json.dumps({"username": username, "password": self.password})
        sent_ns = self.clock()
        reply = await self.connections.request("POST", "/login", self.login_headers, content)
        kept = self._kept(reply)
        number = -1
        if kept is not None:
            number, self._numbers = self._numbers, self._numbers + 1
            self.live.append(HeldLogin(number, username, *kept))
        self._note(Act.LOGIN, number, due_ns, sent_ns, reply, 200)

    async def _order(self, login: HeldLogin, due_ns: int) -> None:
        reply, sent_ns = await self._ask(Operation.ADD_ORDER, login, content=_ORDER)
        body = reply.json() if reply is not None and reply.status == 201 else None
        made = (int(body["id"]),) if isinstance(body, dict) else ()
        self._note(Act.ORDER, login.number, due_ns, sent_ns, reply, 201, orders=made)

    def _reader(self, chance: random.Random) -> HeldLogin:
        regulars, others = self.live[:REGULARS], self.live[REGULARS:]
        few = not others or chance.random() < _REGULAR_SHARE
        return chance.choice(regulars if few else others)

    def _kept(self, reply: Replied | None) -> tuple[Headers, str | None] | None:
        if reply is None or reply.status != 200:
            return None
        login = self.client.keep(reply.set_cookies, reply.json())
        return None if login is None else (login.headers, login.refresh_token)

    async def _ask(
        self,
        operation: Operation,
        login: HeldLogin,
        body: Mapping[str, str] | None = None,
        content: str | None = None,
    ) -> tuple[Replied | None, int]:
        headers = self.client.headers(operation.method, operation.path, login.headers)
        if body is not None:
            content = json.dumps(body)
        return await self._send(operation.method, operation.path, headers, content)

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], content: str | None = None
    ) -> tuple[Replied | None, int]:
        sent_ns = self.clock()
        return await self.connections.request(method, path, headers, content), sent_ns

    def _note(
        self,
        act: Act,
        login: int,
        due_ns: int,
        sent_ns: int,
        reply: Replied | None,
        accepted: int,
        *,
        wrong: bool = False,
        orders: tuple[int, ...] = (),
    ) -> Answer:
        """Write an event down; how it ended."""
        status = 0 if reply is None else reply.status
        answer = Answer.WRONG if wrong else answer_of(act, status, accepted)
        self.events.append(
            Event(
                act=act,
                login=login,
                due_ns=due_ns,
                sent_ns=sent_ns,
                done_ns=self.clock(),
                status=status,
                answer=answer,
                orders=orders,
            )
        )
        return answer


def answer_of(act: Act, status: int, accepted: int) -> Answer:
    """What a status says to the client that asked."""
    if status == 0:
        return Answer.UNKNOWN
    if status == accepted:
        return Answer.YES
    if status in _REFUSED or (status == _INVALID_GRANT and act in (Act.REFRESH, Act.END)):
        return Answer.NO
    return Answer.UNAVAILABLE
