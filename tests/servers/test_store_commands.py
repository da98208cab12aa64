"""Cards are exact: Redis itself counts, scripts and the commands inside them too."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from authbench.contracts.card import Card, Operation
from servers.contract.scheme import Offer
from servers.contract.settings import ServerSettings
from servers.database.accounts import DEMO_PASSWORD
from servers.discovery import find_scheme
from tests.servers.cards import CARDS, WITHOUT_PROOF
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import Reply, ServerProcess

JSON = {"Content-Type": "application/json"}


def body_of(operation: Operation, refresh: str) -> str | None:
    content: dict[Operation, object] = {
        Operation.LOGIN: {"username": "root", "password": DEMO_PASSWORD},
        Operation.ADD_ORDER: {"item": "pen", "quantity": 1},
        Operation.REFRESH: {"refresh_token": refresh},
    }
    if refresh:
        content[Operation.LOGOUT] = {"refresh_token": refresh}
    return json.dumps(content[operation]) if operation in content else None


WHERE = {
    Operation.PUBLIC: ("GET", "/public", 200),
    Operation.READ: ("GET", "/me", 200),
    Operation.LOGIN: ("POST", "/login", 200),
    Operation.LOGOUT: ("POST", "/logout", 204),
    Operation.REFRESH: ("POST", "/refresh", 200),
    Operation.LIST_ORDERS: ("GET", "/orders", 200),
    Operation.ADD_ORDER: ("POST", "/orders", 201),
    Operation.ADMIN_REPORT: ("GET", "/admin/report", 200),
    Operation.LOGOUT_EVERYWHERE: ("POST", "/logout-everywhere", 204),
}


def ask(server: ServerProcess, operation: Operation, headers: dict[str, str], refresh: str) -> Reply:
    method, path, status = WHERE[operation]
    # A login that presents an old session ends it first; the card is about one that does not.
    sent = server.changing(server.with_csrf({} if operation is Operation.LOGIN else headers))
    body = body_of(operation, refresh)
    reply = server.request(method, path, sent | (JSON if body else {}), body)
    assert reply.status == status, (operation, reply)
    return reply


@pytest.fixture(scope="module", params=[name for name in WITHOUT_PROOF if not CARDS[name].repeated_commands])
def counted(request: pytest.FixtureRequest, store: RedisProcess) -> Iterator[ServerProcess]:
    """Each scheme that asks its store the same every time."""
    with TemporaryDirectory(prefix="counted-") as folder:
        server = ServerProcess(
            Path(folder), scheme=request.param, redis_url=store.url, store_deadline_ms=5000
        )
        yield server
        server.stop()


@pytest.mark.parametrize("operation", Operation)
def test_every_operation_asks_what_the_card_says(
    counted: ServerProcess, store: RedisProcess, operation: Operation
) -> None:
    server, redis_server = counted, store
    card = Card.model_validate(server.ask("card"))
    if operation not in card.store_commands:
        method, path, _ = WHERE[operation]
        body = json.dumps({"refresh_token": "x"})
        reply = server.request(method, path, {"Origin": server.origin, **JSON}, body)
        assert reply.status == 404
        assert reply.json["detail"] == "This endpoint is not available with the configured scheme."
        return

    def prepare() -> dict[str, object]:
        # Nobody's index has other entries: one live credential.
        server.ask("delete_keys")
        found: dict[str, object] = server.ask("seed", first=1, count=1, lifetime_s=600, scope="user admin")[
            "credentials"
        ][0]
        return found

    for _ in range(2):
        seeded = prepare()
        redis_server.reset_commands()
        ask(server, operation, seeded["headers"], str(seeded.get("refresh", "")))  # type: ignore[arg-type]
        assert redis_server.commands("exists") == card.store_commands[operation]


def test_reads_are_counted_one_by_one(counted: ServerProcess, store: RedisProcess) -> None:
    declared = counted.ask("card")["store_commands"]["read"]
    (credential,) = counted.seed()
    store.reset_commands()
    for _ in range(20):
        assert counted.request("GET", "/me", credential).status == 200
    assert store.commands("exists") == {command: 20 * calls for command, calls in declared.items()}


@pytest.mark.parametrize("name", CARDS)
@pytest.mark.parametrize("redis_url", [None, "unix:///anywhere"])
def test_offers_and_cards_agree(name: str, redis_url: str | None) -> None:
    scheme = find_scheme(name)(ServerSettings(scheme=name, redis_url=redis_url))
    commands = scheme.card.store_commands
    assert (Operation.REFRESH in commands) == (Offer.REFRESH in scheme.offers) == scheme.card.refreshes
    assert (Operation.LOGOUT_EVERYWHERE in commands) == (Offer.LOGOUT_EVERYWHERE in scheme.offers)
    always = set(Operation) - {Operation.REFRESH, Operation.LOGOUT_EVERYWHERE}
    assert always <= set(commands)
    assert scheme.card.name == name
    assert any(commands.values()) is (scheme.card.store in ("redis", "sql"))


def test_a_login_that_presents_a_session_ends_it(sessions: ServerProcess, redis_server: RedisProcess) -> None:
    declared = Card.model_validate(sessions.ask("card")).store_commands
    credential = sessions.credential(sessions.login())
    redis_server.reset_commands()
    sessions.login(headers=credential)
    together = dict(declared[Operation.LOGIN])
    for command, count in declared[Operation.LOGOUT].items():
        together[command] = together.get(command, 0) + count
    assert redis_server.commands() == together


def test_scripts_are_known_again_after_a_restart(
    serve: Callable[..., ServerProcess], own_redis: RedisProcess
) -> None:
    server = serve(scheme="session-redis", redis_url=own_redis.url)
    assert server.login().status == 200
    own_redis.reset_commands()  # the start tries what it needs

    def restart() -> None:
        own_redis.kill()
        own_redis.start()

    for forget in (lambda: own_redis.ask("SCRIPT", "FLUSH"), restart):
        forget()
        credential = server.credential(server.login())
        assert own_redis.commands()["eval"] == 1
        assert server.request("GET", "/me", credential).status == 200
        own_redis.reset_commands()
        assert server.login().status == 200
        assert "eval" not in own_redis.commands()
        own_redis.reset_commands()
