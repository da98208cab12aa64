import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.servers.application.test_endpoints import assert_problem, without_date
from tests.servers.cards import WITHOUT_PROOF
from tests.servers.conftest import Running, Serve
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import Reply, ServerProcess


def order(server: ServerProcess, credential: dict[str, str], body: str | bytes, apart: bool = False) -> Reply:
    sent = {"Content-Type": "application/json", **server.changing(credential)}
    connection = server.connect() if apart else None
    try:
        return server.request("POST", "/orders", sent, body, connection)
    finally:
        if connection:
            connection.close()


def pens(quantity: int) -> str:
    return json.dumps({"item": "pen", "quantity": quantity})


def test_the_same_history_gives_the_same_bytes(running: Running) -> None:
    """Status, headers and bodies, behind every scheme."""
    answers = set()
    for server in map(running.__getitem__, WITHOUT_PROOF):
        one, other = server.seed(2, first=500)
        (admin,) = [
            item["headers"]
            for item in server.ask("seed", first=502, count=1, lifetime_s=60, scope="user admin")[
                "credentials"
            ]
        ]
        replies = [server.request("GET", "/orders", one)]
        replies += [order(server, one, pens(number)) for number in (1, 2)]
        replies += [order(server, other, '{"item":"ümlaut \\u2603","quantity":1000}')]
        replies += [server.request("GET", "/orders", who) for who in (one, other, admin)]
        assert [reply.status for reply in replies] == [200, 201, 201, 201, 200, 200, 200]
        assert server.request("GET", "/admin/report", admin).status == 200
        answers.add(repr([without_date(reply) for reply in replies]))
    assert len(answers) == 1


def test_newest_twenty_of_ones_own(server: ServerProcess) -> None:
    one, other = server.seed(2, first=600)
    for number in range(1, 24):
        reply = order(server, one, pens(number))
        assert reply.json == {"id": number, "item": "pen", "quantity": number}
    listed = server.request("GET", "/orders", one)
    assert listed.headers["cache-control"] == "no-store"
    assert [item["id"] for item in listed.json["orders"]] == list(range(23, 3, -1))
    assert server.request("GET", "/orders", other).json == {"orders": []}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"item":"x","quantity":1}', 201),
        ('{"item":"' + "x" * 100 + '","quantity":1000}', 201),
        ('{"item":"","quantity":1}', 422),
        ('{"item":"' + "x" * 101 + '","quantity":1}', 422),
        ('{"item":"x","quantity":0}', 422),
        ('{"item":"x","quantity":1001}', 422),
        ('{"item":"x","quantity":1.0}', 422),
        ('{"item":"x","quantity":"1"}', 422),
        ('{"item":"x","quantity":true}', 422),
        ('{"item":7,"quantity":1}', 422),
        ('{"item":"a\\u0000b","quantity":1}', 422),
        ('{"item":"\\ud800","quantity":1}', 422),
        ('{"item":"x","quantity":1,"sub":"root"}', 422),
        ('{"item":"x"}', 422),
        ("", 422),
        (" " * 20_000, 413),
    ],
)
def test_what_is_an_order(tokens: ServerProcess, body: str, status: int) -> None:
    (credential,) = tokens.seed(first=700)
    reply = order(tokens, credential, body, apart=True)
    if status == 201:
        assert reply.status == 201
    else:
        assert_problem(reply, status)


def test_orders_need_a_credential_and_an_origin(authenticating: ServerProcess) -> None:
    assert_problem(authenticating.request("GET", "/orders"), 401)
    assert_problem(order(authenticating, {}, pens(1)), 401)
    (credential,) = authenticating.seed(first=800)
    foreign = {**authenticating.changing(credential), "Origin": "http://evil.example"}
    reply = authenticating.request(
        "POST", "/orders", {**foreign, "Content-Type": "application/json"}, pens(1)
    )
    assert reply.status == (403 if "Cookie" in credential else 201)


def test_orders_at_once_get_numbers_of_their_own(tokens: ServerProcess) -> None:
    (credential,) = tokens.seed(first=900)
    with ThreadPoolExecutor(12) as threads:
        replies = list(threads.map(lambda n: order(tokens, credential, pens(n), apart=True), range(1, 37)))
    assert sorted(reply.json["id"] for reply in replies) == list(range(1, 37))


def test_the_report_is_for_administrators(server: ServerProcess) -> None:
    user, root = (server.credential(server.login(name)) for name in ("alice", "root"))
    reply = server.request("GET", "/admin/report", user)
    assert_problem(reply, 403)
    challenge = 'Bearer realm="authbench", error="insufficient_scope", scope="admin"'
    assert reply.headers.get("www-authenticate") == (challenge if "Authorization" in user else None)
    before = server.request("GET", "/admin/report", root).json
    order(server, user, pens(1))
    server.ask("account", username="one-more", password="x", scope="user")
    after = server.request("GET", "/admin/report", root).json
    assert set(before) == {"accounts", "orders"}
    assert after["orders"] == before["orders"] + 1
    assert after["accounts"] - before["accounts"] in (0, 1)


def test_the_report_needs_the_word_and_not_a_part_of_it(authenticating: ServerProcess) -> None:
    if authenticating.ask("card")["authenticates"]:
        for scope in ("administrator", "ADMIN", "user:admin", "user adminx"):
            answer = authenticating.ask("seed", first=0, count=1, lifetime_s=60, scope=scope)
            credential = answer["credentials"][0]["headers"]
            assert authenticating.request("GET", "/admin/report", credential).status == 403


def test_sessions_keep_working_for_orders(serve: Serve, redis_server: RedisProcess) -> None:
    """What is ordered is the user's, not the session's."""
    server = serve(scheme="session-redis", redis_url=redis_server.url, redis_key_prefix="orders:")
    first = server.credential(server.login())
    order(server, first, pens(1))
    server.logout(first)
    second = server.credential(server.login())
    assert server.request("GET", "/orders", second).json["orders"] == [
        {"id": 1, "item": "pen", "quantity": 1}
    ]
