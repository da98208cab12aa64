"""Two operations of one user at once, and what must be true afterwards, whichever came first.

Where the order decides, either outcome passes; what no order explains does not. Which credential ends when is
the card's to say.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import combinations_with_replacement

from authbench.contracts.card import RefreshPolicy
from loadtests.clients.client import Login
from servers.contract.scheme import Offer
from tests.servers.endings.jitter import racing
from tests.servers.endings.world import NEW, OLD, OTHER, Answer, World

TRIALS = 20
"""Of each pair: both orders, ten times each."""
_PASSWORDS = (NEW, OTHER)
_SCOPES = ("user admin", "user audit")


@dataclass
class Trial:
    """A user with two logins, and with what the operations need besides."""

    world: World
    user: str
    one: Login
    two: Login
    handle: str = ""
    code: str = ""
    grant: str = ""


Act = Callable[[Trial, int], Awaitable[Answer]]
"""The number says whether it is the first or the second of two alike."""


async def _login(trial: Trial, _: int) -> Answer:
    return await trial.world.log_in(trial.user)


async def _refresh(trial: Trial, _: int) -> Answer:
    return await trial.world.refresh(trial.one.refresh_token or "")


async def _exchange(trial: Trial, _: int) -> Answer:
    return await trial.world.exchange(trial.code)


async def _revoke(trial: Trial, _: int) -> Answer:
    return await trial.world.revoke_grant(trial.grant)


async def _read(trial: Trial, _: int) -> Answer:
    return await trial.world.act("GET", "/me", trial.one)


async def _logout(trial: Trial, _: int) -> Answer:
    token = trial.one.refresh_token
    body = None if token is None else {"refresh_token": token}
    return await trial.world.act("POST", "/logout", trial.one, body)


async def _end_one(trial: Trial, _: int) -> Answer:
    return await trial.world.act("DELETE", f"/sessions/{trial.handle}", trial.two)


async def _everywhere(trial: Trial, _: int) -> Answer:
    return await trial.world.act("POST", "/logout-everywhere", trial.two)


async def _password(trial: Trial, number: int) -> Answer:
    body = {"current_password": OLD, "new_password": _PASSWORDS[number]}
    return await trial.world.act("POST", "/account/password", trial.one, body)


async def _role(trial: Trial, number: int) -> Answer:
    return await trial.world.administer(op="role", username=trial.user, scope=_SCOPES[number])


async def _disable(trial: Trial, _: int) -> Answer:
    return await trial.world.administer(op="disable", username=trial.user)


_ENDS_ALL = {"everywhere", "password", "disable"}
_ENDS_ONE = {"logout", "end-one", *_ENDS_ALL}
_WANTS_A_LOGIN = {*_ENDS_ONE, "role"}
_CHANGES = {*_WANTS_A_LOGIN, "revoke"}
_USED_UP = {"refresh", "exchange"}
OPERATIONS: dict[str, tuple[Act, set[str]]] = {
    "login": (_login, {*_ENDS_ALL, "role"}),
    "refresh": (_refresh, {*_ENDS_ONE, "refresh"}),
    "exchange": (_exchange, {*_ENDS_ALL, "role", "exchange"}),
    "revoke": (_revoke, set()),
    "read": (_read, _WANTS_A_LOGIN | {"refresh"}),
    "logout": (_logout, set()),
    "end-one": (_end_one, _WANTS_A_LOGIN),
    "everywhere": (_everywhere, {*_ENDS_ALL, "role"}),
    "password": (_password, _WANTS_A_LOGIN),
    "role": (_role, set()),
    "disable": (_disable, set()),
}
"""What is done, and which operations beside it explain that it was refused."""


def offered(world: World) -> list[str]:
    """The operations that this scheme has."""
    offers = world.scheme.offers
    needed = {"refresh": Offer.REFRESH, "end-one": Offer.SESSIONS, "everywhere": Offer.LOGOUT_EVERYWHERE}
    return [
        name
        for name in OPERATIONS
        if (name not in needed or needed[name] in offers)
        and (name not in ("exchange", "revoke") or world.oauth)
    ]


def pairs(world: World) -> list[tuple[str, str]]:
    """Every two of them, and each with itself, unless neither ends or changes anything that was there."""
    return [
        (one, other)
        for one, other in combinations_with_replacement(offered(world), 2)
        if {one, other} & _CHANGES or (one == other and one in _USED_UP)
    ]


async def race(world: World, pair: tuple[str, str], user: str, chance: random.Random, turn: int) -> list[str]:
    """One trial; what no order of the two explains."""
    trial = Trial(world, user, await world.logged_in(user), await world.logged_in(user))
    if "end-one" in pair:
        trial.handle = await world.handle(trial.one)
    if "exchange" in pair:
        trial.code = await world.consent(user)
    if "revoke" in pair:
        trial.grant = (await world.exchange(await world.consent(user))).json["refresh_token"]
    acts = [OPERATIONS[name][0](trial, number) for number, name in enumerate(pair)]
    answers = await asyncio.gather(
        *(
            asyncio.create_task(racing(chance, act, late=turn % 2 == number))
            for number, act in enumerate(acts)
        )
    )
    found = await _Judgement(trial, pair, tuple(answers)).problems()
    told = ", ".join(f"{name} {answer.status}" for name, answer in zip(pair, answers, strict=True))
    return [f"{told}: {problem}" for problem in found]


class _Judgement:
    """What is left of one trial, held against what was told."""

    def __init__(self, trial: Trial, pair: tuple[str, str], answers: tuple[Answer, ...]) -> None:
        self._trial = trial
        self._world = trial.world
        self._card = trial.world.card
        self._pair = pair
        self._answers = answers
        self._done = {name for name, answer in zip(pair, answers, strict=True) if answer.fine}
        self._problems: list[str] = []

    async def problems(self) -> list[str]:
        self._refusals()
        await self._login_that_raced()
        await self._grants()
        await self._replaced_cookie()
        await self._login_of("the other login", self._trial.two, [], self._done & _ENDS_ALL)
        await self._login_of("the login", self._trial.one, self._renewed(), self._done & _ENDS_ONE)
        await self._passwords()
        return self._problems

    def _say(self, wrong: object, problem: str) -> None:
        if wrong:
            self._problems.append(problem)

    def _all(self, name: str) -> list[Answer]:
        return [each for known, each in zip(self._pair, self._answers, strict=True) if known == name]

    def _beside(self, name: str) -> set[str]:
        rest = list(self._pair)
        rest.remove(name)
        return set(rest)

    def _renewed(self) -> list[Login]:
        kept = [self._world.kept(answer) for answer in self._all("refresh") if answer.fine]
        return [login for login in kept if login is not None]

    def _at_once(self, by: set[str]) -> bool:
        """Whether the card says that what these have ended is refused at once."""
        card = self._card
        return card.logout_ends_credential or (bool(by & _ENDS_ALL) and card.disabled_window_s == 0)

    def _refusals(self) -> None:
        for name, answer in zip(self._pair, self._answers, strict=True):
            self._say(answer.status >= 500, f"{name} fails")
            unexplained = not answer.fine and not OPERATIONS[name][1] & self._beside(name)
            self._say(unexplained, f"nothing explains that {name} is refused")
        both = len(self._done) == 1 and self._pair[0] == self._pair[1] and all(a.fine for a in self._answers)
        self._say(both and self._pair[0] == "exchange", "one code, two logins")
        self._say(both and self._pair[0] == "password", "one current password, two new ones")
        strict = self._card.refresh_policy is RefreshPolicy.STRICT
        self._say(both and strict and self._pair[0] == "refresh", "one refresh token, two successors")

    async def _login_of(self, what: str, login: Login, renewed: list[Login], ended_by: set[str]) -> None:
        """A login that was there before, and whatever renewed it meanwhile."""
        every = [login, *renewed]
        if ended_by:
            if self._card.revived_by_requests_in_flight:
                return
            for each in every:
                if self._at_once(ended_by):
                    self._say(await self._world.scopes(each) is not None, f"{what} is alive")
                if each.refresh_token is not None:
                    again = await self._world.refresh(each.refresh_token)
                    self._say(again.fine, f"{what} can be refreshed")
            return
        if self._pair == ("refresh", "refresh") and self._card.refresh_policy is RefreshPolicy.STRICT:
            return  # a reuse: it ends the login
        role = "role" in self._done
        for each in every:
            scopes = await self._world.scopes(each)
            self._say(scopes is None and not role, f"{what} is gone")
            await self._role_of(what, scopes)
        newest = every[-1]
        if newest.refresh_token is not None:
            again = await self._world.refresh(newest.refresh_token)
            self._say(not again.fine, f"{what} cannot be refreshed")
            if again.fine and role:
                scope = (await self._account_scope()).split()
                self._say(again.json["scope"].split() != scope, f"{what} is refreshed with the old role")

    async def _role_of(self, what: str, scopes: list[str] | None) -> None:
        """A changed role is in force when the card says so."""
        if "role" not in self._done or scopes is None or self._card.revived_by_requests_in_flight:
            return
        if self._card.role_change_window_s == 0:
            self._say(scopes != (await self._account_scope()).split(), f"{what} has the old role: {scopes}")

    async def _account_scope(self) -> str:
        account = await self._world.accounts.find(self._trial.user)
        assert account is not None
        return account.scope

    async def _login_that_raced(self) -> None:
        for answer in self._all("login"):
            login = self._world.kept(answer) if answer.fine else None
            if login is None:
                continue
            scopes = await self._world.scopes(login)
            await self._role_of("the new login", scopes)
            by = self._done & _ENDS_ALL
            if by & {"password", "disable"}:
                self._say(self._at_once(by) and scopes is not None, "a login with what ended is alive")
                if login.refresh_token is not None:
                    again = await self._world.refresh(login.refresh_token)
                    self._say(again.fine, "a login with what ended can be refreshed")
            elif not by and "role" not in self._done:
                self._say(scopes is None, "the new login is dead")

    async def _grants(self) -> None:
        """Logins through an OAuth client."""
        for answer in self._all("exchange"):
            if not answer.fine:
                continue
            again = await self._world.refresh_grant(answer.json["refresh_token"])
            if self._done & {"password", "disable"}:
                self._say(again.fine, "a grant of before can be refreshed")
            elif self._pair == ("exchange", "exchange"):
                self._say(again.fine, "a code was used twice, and its tokens are alive")
            elif "everywhere" not in self._done:
                self._say(not again.fine, "a fresh grant cannot be refreshed")
        if "revoke" in self._pair:
            again = await self._world.refresh_grant(self._trial.grant)
            self._say(again.fine, "a revoked grant can be refreshed")

    async def _replaced_cookie(self) -> None:
        for answer in self._all("password"):
            if not answer.fine or self._card.carrier != "cookie":
                continue
            login = self._world.kept(answer)
            self._say(login is not None and login.headers == self._trial.one.headers, "the session id stays")
            scopes = await self._world.scopes(login) if login else None
            await self._role_of("the replaced session", scopes)
            others = self._done - {"password"}
            if others & {"everywhere", "end-one", "disable"} and self._at_once({"disable"}):
                self._say(scopes is not None, "the replaced session is alive")
            elif not others & {"logout", "role", "end-one", "everywhere", "disable"}:
                self._say(scopes is None, "the browser that changed its password is logged out")

    async def _passwords(self) -> None:
        each = zip(_PASSWORDS, self._pair, self._answers, strict=True)
        good = [new for new, name, answer in each if name == "password" and answer.fine] or [OLD]
        for password in (OLD, *_PASSWORDS) if "password" in self._pair else (OLD,):
            answer = await self._world.log_in(self._trial.user, password)
            fine = password in good and "disable" not in self._done
            self._say(answer.fine and not fine, f"{password!r} opens")
            self._say(not answer.fine and fine, f"{password!r} does not open: {answer.status}")
