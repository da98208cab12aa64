"""Every operation by itself: a refusal has changed nothing, a failure leaves nothing by half."""

from collections.abc import Awaitable, Callable

import pytest

from loadtests.clients.client import Login
from servers.contract.scheme import Offer
from tests.servers.cards import CARDS
from tests.servers.endings.faults import Fault
from tests.servers.endings.races import OPERATIONS, Trial, offered
from tests.servers.endings.world import NEW, OLD, Answer, World, world
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.session_stores import run

AUTHENTICATING = [name for name, card in CARDS.items() if card.authenticates]
STORING = [name for name in AUTHENTICATING if CARDS[name].store in ("redis", "sql") or CARDS[name].refreshes]
DELETE, POST = "DELETE", "POST"


async def alive(here: World, login: Login) -> bool:
    """Whether it opens."""
    return await here.scopes(login) is not None


async def renewed(here: World, login: Login) -> Login | None:
    """The login with its next refresh token; None if it has ended."""
    answer = await here.refresh(login.refresh_token or "")
    return here.kept(answer) if answer.fine else None


async def refusals(here: World, user: str, own: Login, foreign: Login) -> list[tuple[str, int, Answer]]:
    """What must be refused: what it was, the expected status, the answer."""
    found: list[tuple[str, int, Answer]] = []

    async def expect(what: str, status: int, asked: Awaitable[Answer]) -> None:
        found.append((what, status, await asked))

    def change(current: str, new: str) -> dict[str, str]:
        return {"current_password": current, "new_password": new}

    password = "/account/password"
    await expect("wrong password", 403, here.act(POST, password, own, change("not that one", NEW)))
    await expect("short password", 422, here.act(POST, password, own, change(OLD, "short")))
    await expect("wrong login", 401, here.log_in(user, "not that one"))
    nobody = Login({}, None)
    for method, path in (
        (POST, password), (POST, "/logout"), (POST, "/logout-everywhere"), (DELETE, "/sessions/x"),
    ):  # fmt: skip
        offers = here.scheme.offers
        if (path == "/logout-everywhere" and Offer.LOGOUT_EVERYWHERE not in offers) or (
            path == "/sessions/x" and Offer.SESSIONS not in offers
        ):
            continue
        body = change(OLD, NEW) if path == password else None
        await expect(f"nobody's {path}", 401, here.act(method, path, nobody, body))
        if here.card.carrier == "cookie":
            bare = Login({"Cookie": own.headers["Cookie"].partition("; ")[0]}, None)
            await expect(f"no token, {path}", 403, here.ask(method, path, bare.headers))
        else:
            broken = Login({"Authorization": own.headers["Authorization"][:-4] + "AAAA"}, None)
            # An opaque token is ended known or not (RFC 7009 section 2.2): nobody's is ended.
            if path != "/logout" or here.card.client != "none" or "opaque" not in here.card.name:
                await expect(f"broken, {path}", 401, here.act(method, path, broken, body))
    if Offer.SESSIONS in here.scheme.offers:
        handle = await here.handle(foreign)
        for wrong in (handle, "A" * 22, "x" * 200):
            await expect("not one's own handle", 404, here.act(DELETE, f"/sessions/{wrong}", own))
    if own.refresh_token is not None and foreign.refresh_token is not None:
        family = own.refresh_token.partition(".")[0]
        for secret in ("A" * 43, foreign.refresh_token.partition(".")[2]):
            made_up = f"{family}.{secret}"
            await expect("made up, /refresh", 400, here.refresh(made_up))
            await expect("made up, /logout", 400, here.act(POST, "/logout", own, {"refresh_token": made_up}))
            await here.revoke_grant(made_up)  # answered as RFC 7009 wants it, and nothing is ended
    return found


@pytest.mark.parametrize("name", AUTHENTICATING)
def test_a_refusal_changes_nothing(name: str, redis_server: RedisProcess) -> None:
    async def work() -> None:
        async with world(name, redis_server, users=2) as here:
            own, other, foreign = [await here.logged_in(user) for user in ("user-0", "user-0", "user-1")]
            told = await refusals(here, "user-0", own, foreign)
            assert [(what, answer.status) for what, _, answer in told] == [
                (what, status) for what, status, _ in told
            ]
            for login in (own, other, foreign):
                assert await alive(here, login)
                if login.refresh_token is not None:
                    assert await renewed(here, login) is not None
            assert (await here.log_in("user-0")).fine
            assert not (await here.log_in("user-0", NEW)).fine

    run(work())


async def _whole(here: World, trial: Trial, name: str, answer: Answer) -> None:
    """Nothing by half, whatever the store has done."""
    ended = {"logout": [trial.one], "end-one": [trial.one]}.get(name, [trial.one, trial.two])
    assert answer.status in (200, 204, 503)
    if name == "password":
        # The dangerous one: a new password while the logins of the old one are alive, or the reverse.
        assert (await here.log_in(trial.user, NEW)).fine is answer.fine
        assert (await here.log_in(trial.user, OLD)).fine is not answer.fine
    if name == "login" and not answer.fine:
        assert here.kept(answer) is None
    # Where an end is in force at once, the token goes if and only if what renews it goes. News of an end that
    # was not confirmed to this process may take as long as to any other.
    if not answer.fine and here.card.revocation_window_s > 0:
        return
    at_once = here.card.logout_ends_credential or (
        here.card.disabled_window_s == 0 and name in ("everywhere", "password", "disable")
    )
    if name in ("logout", "end-one", "everywhere", "password", "disable") and at_once:
        for login in ended:
            opens = await alive(here, login)
            if login.refresh_token is not None:
                assert (await renewed(here, login) is not None) is opens
            assert not (answer.fine and opens)


@pytest.mark.parametrize("name", STORING)
@pytest.mark.parametrize("done", [False, True], ids=["not done", "reply lost"])
def test_a_store_that_fails_leaves_nothing_by_half(name: str, done: bool, redis_server: RedisProcess) -> None:
    """At each call of each operation in turn."""

    async def work() -> None:
        async with world(name, redis_server, users=200) as here:
            users = iter(range(200))
            for operation in [each for each in offered(here) if each not in ("read", "exchange", "revoke")]:
                for number in range(12):
                    user = f"user-{next(users)}"
                    trial = Trial(here, user, await here.logged_in(user), await here.logged_in(user))
                    if operation == "end-one":
                        trial.handle = await here.handle(trial.one)
                    act: Callable[[Trial, int], Awaitable[Answer]] = OPERATIONS[operation][0]
                    with Fault(number, done).planted() as fault:
                        answer = await act(trial, 0)
                    await _whole(here, trial, operation, answer)
                    if not fault.met:
                        assert answer.fine
                        break
                else:
                    raise AssertionError(f"{operation} asks the store more than 12 times")

    run(work())
