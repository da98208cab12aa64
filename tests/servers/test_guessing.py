"""Guessing passwords over HTTP: the same answers and the same work for everybody, and the owner gets in."""

import asyncio
import json

from servers.contract.scheme import Account
from servers.database.accounts import DEMO_PASSWORD
from servers.passwords.spray_brake import FREE_ACCOUNTS, SprayBrake
from servers.passwords.throttle import FREE, LONGEST_S, LoginThrottle
from tests.clock import Clock
from tests.servers.browser import Browser, Site, site
from tests.servers.conftest import Serve
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import Reply, ServerProcess


def log_in(server: ServerProcess, username: str, password: str, cookie: str = "") -> Reply:
    headers = {"Content-Type": "application/json"} | ({"Cookie": cookie} if cookie else {})
    return server.request("POST", "/login", headers, json.dumps({"username": username, "password": password}))


def answers(server: ServerProcess, username: str) -> list[tuple[int, bytes]]:
    replies = [log_in(server, username, "a guess") for _ in range(FREE + 2)]
    assert 0 < int(replies[-1].headers["retry-after"]) <= 2
    return [(reply.status, reply.body) for reply in replies]


def test_unknown_wrong_and_disabled_are_answered_alike(serve: Serve) -> None:
    server = serve(scheme="jwt-hs256")
    server.ask("account", username="carol", password="her password", scope="user")
    server.ask("disable", username="carol")
    assert log_in(server, "carol", "her password").status == 401
    unknown, wrong = answers(server, "nobody"), answers(server, "alice")
    assert [status for status, _ in unknown] == [401] * FREE + [429] * 2
    assert unknown == wrong
    assert answers(server, "carol")[: FREE - 1] == unknown[: FREE - 1]


def test_the_owner_gets_in_while_somebody_guesses(serve: Serve) -> None:
    server = serve(scheme="jwt-hs256")
    first = log_in(server, "alice", DEMO_PASSWORD)
    device = next(line for line in first.set_cookies if "device" in line)
    answers(server, "alice")
    assert log_in(server, "alice", DEMO_PASSWORD).status == 429
    cookie = device.partition(";")[0]
    again = log_in(server, "alice", DEMO_PASSWORD, cookie)
    assert again.status == 200
    # Another account's device, and a forged one, are no device at all.
    answers(server, "root")
    assert log_in(server, "root", DEMO_PASSWORD, cookie).status == 429
    log_in(server, "alice", "a guess")  # the wait begins anew, however long the above took
    assert log_in(server, "alice", DEMO_PASSWORD, cookie[:-2] + "xx").status == 429


def test_a_login_does_not_help_to_guess_the_password(serve: Serve) -> None:
    server = serve(scheme="jwt-hs256")
    credential = server.credential(log_in(server, "alice", DEMO_PASSWORD))
    body = json.dumps({"current_password": "a guess", "new_password": "a long enough phrase"})
    headers = {**credential, "Content-Type": "application/json"}
    statuses = [server.request("POST", "/account/password", headers, body).status for _ in range(FREE + 1)]
    assert statuses == [403] * FREE + [429]
    assert log_in(server, "alice", DEMO_PASSWORD).status == 200


def test_a_known_device_is_known_where_the_password_is_changed() -> None:
    async def work() -> None:
        async with site("jwt-hs256") as made, made.browser() as owner, made.browser() as thief:
            made.app.state.throttle = LoginThrottle(Clock())
            token = (await owner.log_in()).json()["access_token"]

            async def change(browser: Browser, current: str) -> int:
                body = {"current_password": current, "new_password": "a long enough phrase"}
                headers = {"Authorization": f"Bearer {token}"}
                return (await browser.post("/account/password", json=body, headers=headers)).status_code

            # Guessers from anywhere, and a thief of the token, who has no device.
            assert [await guess(thief, "alice") for _ in range(FREE + 1)] == [401] * FREE + [429]
            assert [await change(thief, "a guess") for _ in range(FREE + 1)] == [403] * FREE + [429]
            assert await change(thief, DEMO_PASSWORD) == 429
            assert await change(owner, DEMO_PASSWORD) == 204
            assert await guess(thief, "alice", "a long enough phrase") == 429
            assert await guess(owner, "alice", "a long enough phrase") == 200

    asyncio.run(work())


def test_mistakes_of_a_device_are_counted_in_one_place(serve: Serve) -> None:
    server = serve(scheme="jwt-hs256")
    first = log_in(server, "alice", DEMO_PASSWORD)
    cookie = first.set_cookies[0].partition(";")[0]
    headers = {**server.credential(first), "Content-Type": "application/json", "Cookie": cookie}
    body = json.dumps({"current_password": "a guess", "new_password": "a long enough phrase"})
    for _ in range(FREE // 2):
        assert server.request("POST", "/account/password", headers, body).status == 403
        assert log_in(server, "alice", "a guess", cookie).status == 401
    assert server.request("POST", "/account/password", headers, body).status == 429
    assert log_in(server, "alice", DEMO_PASSWORD, cookie).status == 429
    assert log_in(server, "alice", DEMO_PASSWORD).status == 200


def test_a_store_that_is_down_makes_nobody_wait(serve: Serve, own_redis: RedisProcess) -> None:
    server = serve(scheme="jwt-hs256", redis_url=own_redis.url)
    own_redis.ask("ACL", "SETUSER", "default", "-set")
    assert {log_in(server, "alice", DEMO_PASSWORD).status for _ in range(2 * FREE)} == {503}
    own_redis.ask("ACL", "SETUSER", "default", "+set")
    assert log_in(server, "alice", DEMO_PASSWORD).status == 200


SPRAYED = "Winter2026Winter"


async def guess(visitor: Browser, username: str, password: str = SPRAYED) -> int:
    return (await visitor.post("/login", json={"username": username, "password": password})).status_code


async def sprayed(made: Site, visitor: Browser) -> Clock:
    """A password that has failed on as many accounts as are free; the brake's clock stands still."""
    clock = Clock()
    made.app.state.sprays = SprayBrake(clock)
    for number in range(FREE_ACCOUNTS):
        assert await guess(visitor, f"user-{number}") == 401
    return clock


def test_spraying_one_password_is_slow() -> None:
    async def work() -> None:
        async with site("jwt-hs256") as made, made.browser() as visitor:
            clock = await sprayed(made, visitor)
            before = made.passwords.verified
            refused = await visitor.post("/login", json={"username": "next", "password": SPRAYED})
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
            assert made.passwords.verified == before
            # However it is spelt, and whether there is such a user or not; any other password is free.
            assert [await guess(visitor, name) for name in ("alice", "nobody")] == [429, 429]
            assert await guess(visitor, "next", "something else") == 401
            assert await guess(visitor, "alice", DEMO_PASSWORD) == 200
            clock.now += LONGEST_S
            assert [await guess(visitor, name) for name in ("next", "another")] == [401, 429]

    asyncio.run(work())


def test_the_brake_on_spraying_is_not_felt_on_known_devices() -> None:
    async def work() -> None:
        async with site("jwt-hs256") as made, made.browser() as visitor, made.browser() as owner:
            stored = await made.passwords.hash(SPRAYED)
            await made.app.state.accounts.add(Account("dora", stored, "user"))
            told = await owner.post("/login", json={"username": "dora", "password": SPRAYED})
            clock = await sprayed(made, visitor)
            assert await guess(visitor, "dora") == 429
            assert [await guess(owner, "dora") for _ in range(3)] == [200] * 3
            body = {"current_password": SPRAYED, "new_password": "a long enough phrase"}
            bearer = {"Authorization": f"Bearer {told.json()['access_token']}"}
            assert (await visitor.post("/account/password", json=body, headers=bearer)).status_code == 204
            # A mistake of a known device feeds it with nothing: the count still is at its first second.
            assert await guess(owner, "dora") == 401
            clock.now += 1
            assert await guess(visitor, "dora") == 401

    asyncio.run(work())


def test_any_number_of_people_may_have_one_password() -> None:
    async def work() -> None:
        async with site("jwt-hs256") as made, made.browser() as visitor:
            shared = await made.passwords.hash(DEMO_PASSWORD)
            names = [f"user-{number}" for number in range(3 * FREE_ACCOUNTS)]
            await made.app.state.accounts.add(*(Account(name, shared, "user") for name in names))
            for start in range(0, len(names), 15):  # as many at once as may wait for hashing
                portion = names[start : start + 15]
                assert await asyncio.gather(*(guess(visitor, name, DEMO_PASSWORD) for name in portion)) == [
                    200
                ] * len(portion)

    asyncio.run(work())


def test_each_guess_costs_one_verification_and_a_refused_one_none() -> None:
    async def work() -> None:
        async with site("jwt-hs256") as made, made.browser() as visitor:
            await made.app.state.accounts.disable("root")

            async def guess(username: str, password: str) -> tuple[int, int]:
                before = made.passwords.verified
                reply = await visitor.post("/login", json={"username": username, "password": password})
                return reply.status_code, made.passwords.verified - before

            for username, password in (
                ("nobody", "x"),
                ("alice", "x"),
                ("root", "x"),
                ("root", DEMO_PASSWORD),
            ):
                assert await guess(username, password) == (401, 1)
            for _ in range(FREE - 1):
                await guess("nobody", "x")
            assert await guess("nobody", "x") == (429, 0)

    asyncio.run(work())


def test_right_passwords_are_never_too_many() -> None:
    async def work() -> None:
        async with site("jwt-hs256") as made, made.browser() as visitor:
            for _ in range(2 * FREE):
                visitor.cookies.clear()
                assert (await visitor.sign_in("")).status_code == 200

    asyncio.run(work())
