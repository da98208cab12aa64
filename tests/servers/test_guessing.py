"""Guessing passwords over HTTP: the same answers and the same work for everybody, and the owner gets in."""

import asyncio
import json

from servers.accounts import DEMO_PASSWORD
from servers.login_throttle import FREE
from tests.servers.browser import site
from tests.servers.conftest import Serve
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
    assert log_in(server, "alice", DEMO_PASSWORD, cookie[:-2] + "xx").status == 429


def test_a_login_does_not_help_to_guess_the_password(serve: Serve) -> None:
    server = serve(scheme="jwt-hs256")
    credential = server.credential(log_in(server, "alice", DEMO_PASSWORD))
    body = json.dumps({"current_password": "a guess", "new_password": "a long enough phrase"})
    headers = {**credential, "Content-Type": "application/json"}
    statuses = [server.request("POST", "/account/password", headers, body).status for _ in range(FREE + 1)]
    assert statuses == [403] * FREE + [429]
    assert log_in(server, "alice", DEMO_PASSWORD).status == 200


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
