"""What every kind of token opens; and a grant stays with its client, and within its scope."""

import base64
import hashlib
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest

from servers.database.accounts import DEMO_PASSWORD
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess

SCHEMES = ["jwt-cached", "jwt-denylist", "jwt-not-before", "jwt-refresh-grace"]
SECRET = "a secret of clients in tests"
BACK = "http://127.0.0.1:9999/back"
VERIFIER = "a-verifier-of-forty-three-characters-at-least"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PUBLIC = f"""
[shop]
redirect_uris = ["{BACK}"]
scopes = ["user", "admin"]
"""
CONFIDENTIAL = f"""
redirect_uris = ["{BACK}"]
scopes = ["user", "admin"]
secret_sha256 = "{hashlib.sha256(SECRET.encode()).hexdigest()}"
"""
CLIENTS = f"{PUBLIC}\n[bank]{CONFIDENTIAL}\n[alice]{CONFIDENTIAL}"
"""One public, one confidential, and one that calls itself as a user is called."""


@dataclass
class Door:
    """A server, and every way to a token of it."""

    server: ServerProcess
    http: httpx.Client
    made: dict[str, str | None] = field(default_factory=dict)
    """Tokens of each kind, for tests that end none."""

    def log_in(self, username: str) -> dict[str, Any]:
        reply = self.server.login(username)
        assert reply.status == 200, reply
        return reply.json  # type: ignore[no-any-return]

    def code(self, client_id: str, scope: str, username: str = "root") -> str:
        """What the user's browser carries to the client."""
        asked = {
            "response_type": "code", "client_id": client_id, "redirect_uri": BACK, "scope": scope,
            "code_challenge": CHALLENGE, "code_challenge_method": "S256", "username": username,
            "password": DEMO_PASSWORD, "decision": "allow",
        }  # fmt: skip
        origin = {"Origin": self.server.origin}
        answer = self.http.post("/oauth/authorize", data=asked, headers=origin)
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    def oauth(self, path: str, client_id: str | None, **sent: str) -> httpx.Response:
        """As this client, with its secret if it has one."""
        if client_id == "shop":
            sent["client_id"] = client_id
        auth = (client_id, SECRET) if client_id in ("bank", "alice") else None
        return self.http.post(f"/oauth/{path}", data=sent, auth=auth)  # type: ignore[arg-type]

    def exchange(self, code: str, client_id: str) -> httpx.Response:
        return self.oauth(
            "token", client_id, grant_type="authorization_code", code=code, redirect_uri=BACK,
            code_verifier=VERIFIER,
        )  # fmt: skip

    def grant(self, client_id: str, scope: str, username: str = "root") -> dict[str, Any]:
        """Tokens of a user's login through a client."""
        answer = self.exchange(self.code(client_id, scope, username), client_id)
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def renew(self, client_id: str | None, refresh_token: str, **sent: str) -> httpx.Response:
        return self.oauth("token", client_id, grant_type="refresh_token", refresh_token=refresh_token, **sent)

    def service(self, scope: str) -> str:
        """A token of a client that acts for itself."""
        answer = self.oauth("token", "alice", grant_type="client_credentials", scope=scope)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def seeded(self, **fields: Any) -> str:
        asked = {"first": 0, "count": 1, "lifetime_s": 600, "scope": "user admin", **fields}
        (item,) = self.server.ask("seed", **asked)["credentials"]
        return str(item["headers"]["Authorization"].partition(" ")[2])

    def send(self, method: str, path: str, token: str | None = None, body: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.http.request(method, path, headers=headers, json=body)


@pytest.fixture(scope="module", params=SCHEMES)
def door(request: pytest.FixtureRequest, redis_server: RedisProcess) -> Iterator[Door]:
    with opened(request.param, redis_server) as found:
        yield found


@contextmanager
def opened(
    scheme: str, redis: RedisProcess, clients: str = CLIENTS, prefix: str | None = None
) -> Iterator[Door]:
    """A server with an OAuth face and these clients."""
    with TemporaryDirectory(prefix="grants-") as folder:
        file = Path(folder) / "clients.toml"
        file.write_text(clients)
        server = ServerProcess(
            Path(folder), scheme=scheme, oauth=True, oauth_clients_file=str(file), redis_url=redis.url,
            redis_key_prefix=prefix or f"grants-{scheme}:", store_deadline_ms=5000,
        )  # fmt: skip
        server.ask("account", username="boss", password=DEMO_PASSWORD, scope="admin")
        with httpx.Client(base_url=server.origin) as http:
            yield Door(server, http)
        server.stop()


KINDS: dict[str, Callable[[Door], str | None]] = {
    "own user": lambda door: str(door.log_in("alice")["access_token"]),
    "own admin": lambda door: str(door.log_in("boss")["access_token"]),
    "own user admin": lambda door: str(door.log_in("root")["access_token"]),
    "client user": lambda door: str(door.grant("shop", "user")["access_token"]),
    "client admin": lambda door: str(door.grant("bank", "admin")["access_token"]),
    "client user admin": lambda door: str(door.grant("bank", "user admin")["access_token"]),
    "service user": lambda door: door.service("user"),
    "service admin": lambda door: door.service("admin"),
    "nothing": lambda _: None,
    "expired": lambda door: door.seeded(lifetime_s=-60),
    "bound to a key": lambda door: door.seeded(jkt="x" * 43),
    "own refresh token": lambda door: str(door.log_in("root")["refresh_token"]),
    "client's refresh token": lambda door: str(door.grant("shop", "user")["refresh_token"]),
}
OWN = {"own user", "own admin", "own user admin"}
USER = {"own user", "own user admin", "client user", "client user admin", "service user"}
ADMIN = {"own admin", "own user admin", "client admin", "client user admin", "service admin"}

LET_IN: dict[str, tuple[int, set[str]]] = {
    "GET /public": (200, set(KINDS)),
    "GET /me": (200, USER | ADMIN),
    "GET /orders": (200, USER),
    "POST /orders": (201, USER),
    "GET /admin/report": (200, ADMIN),
    "POST /logout": (204, OWN),
    "POST /logout-everywhere": (204, OWN),
    "GET /sessions": (200, OWN),
    "DELETE /sessions/nobodys": (404, OWN),
    "POST /account/password": (422, OWN),
}
"""For each endpoint: how it answers, and to which kinds of tokens."""
BODIES: dict[str, Any] = {"POST /orders": {"item": "pen", "quantity": 1}, "POST /account/password": {}}
ENDING = {"POST /logout", "POST /logout-everywhere"}


@pytest.mark.parametrize("endpoint", LET_IN)
def test_every_endpoint_and_every_kind_of_token(door: Door, endpoint: str) -> None:
    status, let_in = LET_IN[endpoint]
    method, path = endpoint.split()
    found = {}
    for kind, make in KINDS.items():
        token = make(door) if endpoint in ENDING or kind not in door.made else door.made[kind]
        door.made[kind] = token
        found[kind] = door.send(method, path, token, BODIES.get(endpoint)).status_code
    if endpoint in ENDING:
        door.made.clear()
    good = USER | ADMIN
    expected = {kind: status if kind in let_in else 403 if kind in good else 401 for kind in KINDS}
    assert found == expected


def test_the_table_names_every_endpoint(door: Door) -> None:
    """But those that take no token in a header: login, refresh, csrf."""
    routes = {route.replace("{session_id}", "nobodys") for route in door.server.ask("config")["routes"]}
    kept = {route for route in routes if not route.partition(" ")[2].startswith(("/oauth", "/.well-known"))}
    open_ones = {"POST /login", "POST /refresh", "GET /csrf", "GET /openapi.json", "HEAD /openapi.json"}
    assert kept - open_ones == set(LET_IN)


def test_a_refusal_says_what_is_missing(door: Door) -> None:
    token = door.grant("shop", "admin")["access_token"]
    for path, challenge in (
        ("/orders", 'Bearer realm="authbench", error="insufficient_scope", scope="user"'),
        ("/sessions", 'Bearer realm="authbench", error="insufficient_scope"'),
    ):
        reply = door.send("GET", path, token)
        assert (reply.status_code, reply.headers["www-authenticate"]) == (403, challenge)
        assert reply.headers["content-type"] == "application/problem+json"


def test_a_client_that_is_called_as_a_user_is_not_that_user(door: Door) -> None:
    user, client = door.log_in("alice")["access_token"], door.service("user")
    order = {"item": "a secret gift", "quantity": 1}
    assert door.send("POST", "/orders", user, order).status_code == 201
    assert b"gift" in door.send("GET", "/orders", user).content
    assert b"gift" not in door.send("GET", "/orders", client).content
    assert door.send("GET", "/me", client).json() == {"sub": "client:alice", "scope": ["user"]}
    taken = door.server.ask("account", username="client:alice", password=DEMO_PASSWORD, scope="user")
    assert "a username must not begin with 'client:'" in taken["error"]
    assert door.server.login("client:alice").status == 401


OWNERS: dict[str, Callable[[Door], str]] = {
    "first-party": lambda door: str(door.log_in("root")["refresh_token"]),
    "shop": lambda door: str(door.grant("shop", "user")["refresh_token"]),
    "bank": lambda door: str(door.grant("bank", "user")["refresh_token"]),
}


def renew_at(door: Door, presenter: str, token: str) -> int:
    """The status of a refresh: at our own endpoint, or as this client."""
    if presenter == "first-party":
        return door.send("POST", "/refresh", None, {"refresh_token": token}).status_code
    if presenter.endswith("without its secret"):
        named = {
            "grant_type": "refresh_token",
            "refresh_token": token,
            "client_id": presenter.partition(" ")[0],
        }
        return door.http.post("/oauth/token", data=named).status_code
    return door.renew(None if presenter == "nobody" else presenter, token).status_code


@pytest.mark.parametrize("owner", OWNERS)
def test_only_its_own_client_refreshes_a_token(door: Door, owner: str) -> None:
    """And whoever else tries it changes nothing: the token is as good as before."""
    token = OWNERS[owner](door)
    found = {}
    for presenter in ("first-party", "shop", "bank", "alice", "bank without its secret", "nobody"):
        if presenter != owner:
            found[presenter] = renew_at(door, presenter, token)
    unproven = {"bank without its secret": 401, "nobody": 401}
    assert found == {presenter: unproven.get(presenter, 400) for presenter in found}
    assert renew_at(door, owner, token) == 200


def test_a_clients_secret_counts_in_the_head_alone(door: Door) -> None:
    """Not in a trailer, in a chunk extension, or in the query."""
    token = door.grant("bank", "user")["refresh_token"]
    form = urlencode({"grant_type": "refresh_token", "refresh_token": token}).encode()
    secret = b"Authorization: Basic " + base64.b64encode(f"bank:{SECRET}".encode())
    head = b"Host: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    chunked, chunk = b"Transfer-Encoding: chunked\r\n\r\n", b"\r\n" + form + b"\r\n0\r\n"
    line, query = b"POST /oauth/token HTTP/1.1\r\n", urlencode({"client_id": "bank", "client_secret": SECRET})
    length, size = b"Content-Length: %d\r\n\r\n" % len(form), b"%x" % len(form)
    for sent, expected in (
        (line + head + chunked + size + chunk + secret + b"\r\n\r\n", 401),
        (line + head + chunked + size + b';a="' + secret + b'"' + chunk + b"\r\n", 401),
        (line.replace(b" HTTP", b"?" + query.encode() + b" HTTP") + head + length + form, 401),
        (line + head + secret + b"\r\n" + chunked + size + chunk + b"\r\n", 200),
    ):
        with socket.create_connection(("127.0.0.1", door.server.port), timeout=60) as connection:
            connection.sendall(sent)
            assert int(connection.recv(65536).split()[1]) == expected, sent


@pytest.mark.parametrize("owner", OWNERS)
def test_a_renewed_token_says_what_the_first_one_said(door: Door, owner: str) -> None:
    first = door.log_in("root") if owner == "first-party" else door.grant(owner, "user")
    if owner == "first-party":
        second = door.send("POST", "/refresh", None, {"refresh_token": first["refresh_token"]}).json()
    else:
        second = door.renew(owner, first["refresh_token"]).json()
    said = [said_by(item["access_token"]) for item in (first, second)]
    assert said[0] == said[1] == ("root", owner, "user admin" if owner == "first-party" else "user")


def said_by(token: str) -> tuple[str, str, str]:
    claims = jwt.decode(token, options={"verify_signature": False})
    return claims["sub"], claims["client_id"], claims["scope"]


@pytest.mark.parametrize("owner", OWNERS)
def test_only_its_own_client_ends_a_login(door: Door, owner: str) -> None:
    token = OWNERS[owner](door)
    logout = door.send("POST", "/logout", None, {"refresh_token": token})
    assert logout.status_code == (204 if owner == "first-party" else 400)
    for client in ("shop", "bank", "alice"):
        if client != owner:
            # RFC 7009 section 2.1; a token that is over or made up belongs to nobody (section 2.2).
            refused = door.oauth("revoke", client, token=token)
            if owner == "first-party":  # over by now
                assert refused.status_code == 200
            else:
                assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
            assert door.oauth("revoke", client, token=token[:-1] + "-").status_code == 200
    assert renew_at(door, owner, token) == (400 if owner == "first-party" else 200)
    if owner != "first-party":
        fresh = OWNERS[owner](door)
        assert door.oauth("revoke", owner, token=fresh).status_code == 200
        assert renew_at(door, owner, fresh) == 400


def test_an_access_token_is_revoked_by_its_own_client_alone(door: Door) -> None:
    for owner, token in (
        ("first-party", door.log_in("root")["access_token"]),
        ("shop", door.grant("shop", "user")["access_token"]),
        ("alice", door.service("user")),
    ):
        for client in {"shop", "bank", "alice"} - {owner}:
            refused = door.oauth("revoke", client, token=token)
            assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
            assert door.oauth("revoke", client, token=f"{token}A").status_code == 200
        assert door.send("GET", "/me", token).status_code == 200


def test_a_client_is_told_of_its_own_tokens_alone(door: Door) -> None:
    """RFC 7662 section 2.2: any other answers as one that is not good."""
    tokens = {
        "first-party": door.log_in("root")["access_token"],
        "shop": door.grant("shop", "user")["access_token"],
        "bank": door.grant("bank", "user")["access_token"],
        "alice": door.service("user"),
    }
    for asker in ("bank", "alice"):
        answers = {
            owner: door.oauth("introspect", asker, token=token).json() for owner, token in tokens.items()
        }
        assert {owner for owner, answer in answers.items() if answer["active"]} == {asker}
        assert all(answer == {"active": False} for owner, answer in answers.items() if owner != asker)


def test_less_may_be_asked_for_at_a_refresh_and_never_more(door: Door) -> None:
    token = door.grant("bank", "user admin")["refresh_token"]
    for asked, given in (
        ("user", "user"),
        ("admin", "admin"),
        ("admin user", "admin user"),
        (None, "user admin"),
    ):
        renewed = door.renew("bank", token, **({"scope": asked} if asked else {})).json()
        assert (renewed["scope"], said_by(renewed["access_token"])[2]) == (given, given)
        token = renewed["refresh_token"]
    narrow = door.grant("bank", "user")["refresh_token"]
    for wrong in (
        "admin",
        "user admin",
        "user  user",
        " user",
        "user ",
        "use",
        "user\tadmin",
        "user\u00a0admin",
    ):
        refused = door.renew("bank", narrow, scope=wrong)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope"), wrong
    # It was not used up by any of these.
    assert door.renew("bank", narrow, scope="user").json()["scope"] == "user"


@pytest.mark.parametrize(
    "scope", [" ", "user  user", "user user admin\t", "user\u00a0admin", "nothing", "user,admin"]
)
def test_a_scope_that_is_none(door: Door, scope: str) -> None:
    refused = door.oauth("token", "alice", grant_type="client_credentials", scope=scope)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


def test_a_changed_role_bounds_what_was_granted_and_adds_nothing(door: Door) -> None:
    server = door.server
    server.ask("account", username="climber", password=DEMO_PASSWORD, scope="user")
    own = door.log_in("climber")["refresh_token"]
    granted = door.grant("bank", "user admin", "climber")
    token = granted["refresh_token"]
    assert granted["scope"] == "user"
    # What follows: the role, and what a first-party login and a client's say from then on.
    for role, own_scope, client_scope in (
        ("user admin", "user admin", "user"),
        ("admin", "admin", None),
        ("admin user audit", "admin user audit", "user"),
    ):
        server.ask("role", username="climber", scope=role)
        renewed = door.send("POST", "/refresh", None, {"refresh_token": own}).json()
        own = renewed["refresh_token"]
        assert renewed["scope"] == own_scope
        answer = door.renew("bank", token)
        if client_scope is None:
            # Nothing is left of the grant now. It is refused, and comes back with the role.
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
            assert door.renew("bank", token, scope="user").json()["error"] == "invalid_scope"
            continue
        assert answer.json()["scope"] == client_scope
        token = answer.json()["refresh_token"]


@pytest.mark.parametrize(
    "change", [("role", {"scope": "user"}), ("role", {"scope": "user admin audit"}), ("disable", {})]
)
def test_a_code_is_worth_nothing_once_the_user_has_changed(
    door: Door, change: tuple[str, dict[str, str]]
) -> None:
    operation, fields = change
    door.server.ask("account", username="fickle", password=DEMO_PASSWORD, scope="user admin")
    code = door.code("shop", "user admin", "fickle")
    door.server.ask(operation, username="fickle", **fields)
    refused = door.exchange(code, "shop")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


def test_a_code_that_is_used_many_times_at_once_leaves_nothing(door: Door) -> None:
    for _ in range(5):
        code = door.code("shop", "user")
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: door.exchange(code, "shop"), range(8)))  # noqa: B023
        for answer in answers:
            if answer.status_code == 200:
                assert door.renew("shop", answer.json()["refresh_token"]).status_code == 400


def test_what_a_client_may_no_longer_ask_for_is_not_renewed(redis_server: RedisProcess) -> None:
    """Its entry in the file was narrowed, and the server restarted."""
    where = ("jwt-hs256", redis_server)
    with opened(*where, CLIENTS, "narrowed:") as before:
        both = before.grant("shop", "user admin")["refresh_token"]
        admin = before.grant("shop", "admin")["refresh_token"]
    narrowed = PUBLIC.replace('["user", "admin"]', '["user"]')
    with opened(*where, narrowed, "narrowed:") as after:
        assert after.renew("shop", both).json()["scope"] == "user"
        assert after.renew("shop", admin).json()["error"] == "invalid_grant"
