import json
import socket
import stat
from pathlib import Path

import psutil
import pytest

from authbench.contracts.card import Card
from authbench.contracts.failure import Failure
from authbench.contracts.records import ServerConfig
from servers.contract.settings import ServerSettings
from servers.process.measuring import REQUEST_MAX_BYTES
from servers.process.server import run
from tests.servers.cards import BASIC
from tests.servers.conftest import Running, Serve
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess, close_pipes, launch


def test_nobody_else_may_connect(server: ServerProcess) -> None:
    mode = server.measuring_path.stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_absent_unless_asked_for() -> None:
    process, answer = launch({"scheme": "none"})
    try:
        listening = [
            item
            for item in psutil.Process(answer["pid"]).net_connections("all")
            if item.status == "LISTEN" or (item.family == socket.AF_UNIX and item.laddr)
        ]
        assert [item.laddr.port for item in listening] == [answer["port"]]
    finally:
        process.terminate()
        process.wait()
        close_pipes(process)


def test_no_route_of_the_application(server: ServerProcess) -> None:
    assert sorted(server.ask("config")["routes"]) == [
        "DELETE /sessions/{session_id}",
        "GET /admin/report",
        "GET /csrf",
        "GET /me",
        "GET /orders",
        "GET /public",
        "GET /sessions",
        "POST /account/password",
        "POST /login",
        "POST /logout",
        "POST /logout-everywhere",
        "POST /orders",
        "POST /refresh",
    ]


def test_removed_at_the_end(serve: Serve) -> None:
    server = serve(scheme="none")
    assert server.measuring_path.exists()
    assert server.stop() == 0
    assert not server.measuring_path.exists()


def test_only_its_own_socket_is_removed(serve: Serve) -> None:
    """Another server may have put its own in its place meanwhile."""
    first = serve(scheme="none")
    path = first.measuring_path
    path.unlink()
    with socket.socket(socket.AF_UNIX) as second:
        second.bind(str(path))
        assert first.stop() == 0
        assert path.is_socket()
    path.unlink()
    path.symlink_to("nowhere")
    third = serve(scheme="none")
    kept = third.measuring_path
    kept.rename(kept.with_suffix(".kept"))
    assert third.stop() == 0
    assert kept.with_suffix(".kept").exists()


def test_card_and_configuration_are_the_shared_records(running: Running) -> None:
    for name in BASIC:
        server = running[name]
        assert Card.model_validate(server.ask("card")).name == name
        config = ServerConfig.model_validate(server.ask("config"))
        assert (config.scheme, config.loop, config.http) == (name, "uvloop", "httptools")
        assert (config.workers, config.reload, config.debug, config.access_log) == (1, False, False, False)
        assert (config.log_level, config.keep_alive_s, config.middleware) == ("warning", 600, ["InFlight"])
        assert config.routes["GET /me"] == "servers.application.endpoints.me"
        assert config.versions["pyjwt"]
        assert bool(config.crypto) == name.startswith("jwt-")
    assert running["jwt-hs256"].ask("config")["crypto"]["key_bits"] == 256


def test_what_is_set_is_what_is_told(serve: Serve) -> None:
    assert serve(scheme="none", keep_alive_s=77).ask("config")["keep_alive_s"] == 77


def test_a_stream_of_credentials(server: ServerProcess) -> None:
    answer = server.ask("seed", first=5, count=2_000, lifetime_s=86_400)["credentials"]
    assert [item["sub"] for item in answer] == [f"user-{number:06d}" for number in range(5, 2_005)]
    assert len({json.dumps(item["headers"]) for item in answer}) == 2_000
    for item in (answer[0], answer[-1]):
        assert server.request("GET", "/me", item["headers"]).json["sub"] == item["sub"]


def test_expired_credentials(authenticating: ServerProcess) -> None:
    for lifetime_s in (0, -1, -86_400):
        (credential,) = authenticating.seed(lifetime_s=lifetime_s)
        assert authenticating.request("GET", "/me", credential).status == 401


def test_counters(serve: Serve) -> None:
    server = serve(scheme="none")
    counted = server.ask("counters")
    assert counted == {
        "requests_total": 0,
        "in_flight": 0,
        "in_flight_ns": 0,
        "connections": 0,
        "credentials_issued": 0,
        "store_unavailable": 0,
        "password_cpu_ns": counted["password_cpu_ns"],
    }
    for _ in range(3):
        server.request("GET", "/public")
    server.seed(4)
    server.login()
    counted = server.ask("counters")
    assert (counted["requests_total"], counted["connections"], counted["credentials_issued"]) == (4, 1, 5)


def test_only_its_own_keys_are_deleted(serve: Serve, own_redis: RedisProcess) -> None:
    first, second = (
        serve(scheme="session-redis", redis_url=own_redis.url, redis_key_prefix=prefix)
        for prefix in ("a:", "b:")
    )
    first.seed(30)
    second.seed(20)
    # A session and the index of its user, each.
    own_redis.ask("SET", "someone-elses", "value")
    assert first.ask("delete_keys") == {"deleted": 60}
    assert own_redis.ask("DBSIZE") == 41
    assert first.ask("delete_keys") == {"deleted": 0}


def test_round_trips(running: Running) -> None:
    for name in BASIC:
        server = running[name]
        trips = server.ask("ping_store", count=20)["round_trip_us"]
        assert len(trips) == (0 if name in ("none", "session-memory") else 20)
        assert all(trip > 0 for trip in trips)


def test_a_fresh_key_ends_no_login_and_signs_nothing_yet(running: Running) -> None:
    """Who verifies elsewhere may have a set of our keys without it."""
    server = running["jwt-rs256"]
    credentials = [server.credential(server.login())]
    for _ in range(2):
        assert server.ask("rotate_keys") == {"ok": True}
        credentials.append(server.credential(server.login()))
    assert len({credential["Authorization"].partition(".")[0] for credential in credentials}) == 1
    assert [server.request("GET", "/me", credential).status for credential in credentials] == [200] * 3
    for name in ("none", "session-redis", "jwt-hs256"):
        assert running[name].ask("rotate_keys") == {"error": "rotate_keys: this scheme has no key to replace"}


def test_processes_that_would_not_know_each_others_key(serve: Serve, folder: Path) -> None:
    server = serve(scheme="jwt-es256", workers=2, database_url=f"sqlite+aiosqlite:///{folder}/shared.db")
    assert "share only their first key" in server.ask("rotate_keys")["error"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"op":"nothing"}',
        b'{"op":["card"]}',
        b'{"op":"seed"}',
        b'{"op":"seed","first":-1,"count":1,"lifetime_s":1}',
        b'{"op":"seed","first":0,"count":1.5,"lifetime_s":1}',
        b'{"op":"seed","first":0,"count":true,"lifetime_s":1}',
        b'{"op":"seed","first":0,"count":100001,"lifetime_s":1}',
        b'{"op":"seed","first":0,"count":1,"lifetime_s":1e99}',
        b'{"op":"seed","first":0,"count":1,"lifetime_s":99999999999999999}',
        b'{"op":"account","username":"x","password":"","scope":"user"}',
        b'{"op":"account","username":7,"password":"x","scope":"user"}',
        b'{"op":"accounts","first":0,"count":1}',
        b'{"op":"accounts","first":0,"count":100001,"password":"x"}',
        b'{"op":"accounts","first":0,"password":"x"}',
        b'{"op":"role","username":"x"}',
        b'{"op":"seed","first":0,"count":1,"lifetime_s":1,"scope":7}',
        b'{"op":"ping_store"}',
        b'{"op":"card","x":NaN}',
        b'{"op":"seed","first":0,"count":1,"lifetime_s":' + b"9" * 5000 + b"}",
        b'{"op":"account","username":"x","password":"\\ud800","scope":"user"}',
        b"[" * 100_000,
    ],
)
def test_bad_requests_get_an_error_and_nothing_ends(server: ServerProcess, line: bytes) -> None:
    assert list(server.ask_raw(line)) == ["error"]
    assert server.ask("counters")["in_flight"] == 0


def test_an_endless_line_is_refused(running: Running) -> None:
    server = running["none"]
    with socket.socket(socket.AF_UNIX) as other:
        other.connect(str(server.measuring_path))
        other.sendall(b"x" * (REQUEST_MAX_BYTES + 1))
        assert json.loads(other.makefile("rb").readline()) == {"error": "the request line is too long"}
    assert "error" not in server.ask("counters")


@pytest.mark.parametrize("path", ["/nowhere/measuring.sock", "/tmp/" + "x" * 200])
def test_a_path_that_cannot_be(path: str) -> None:
    with pytest.raises(Failure, match="cannot open the measuring socket"):
        run(ServerSettings(scheme="none", measuring_socket=path), lambda _: None)


def test_a_path_that_is_taken(folder: Path) -> None:
    taken = folder / "taken"
    taken.write_text("precious")
    with pytest.raises(Failure, match="cannot open the measuring socket"):
        run(ServerSettings(scheme="none", measuring_socket=str(taken)), lambda _: None)
    assert taken.read_text() == "precious"


def test_many_accounts_of_one_password(tokens: ServerProcess) -> None:
    before = tokens.ask("counters")["password_cpu_ns"]
    assert tokens.ask("accounts", first=50_000, count=2500, password="one for all") == {"ok": True}
    one_hash = tokens.ask("counters")["password_cpu_ns"] - before
    # Again, and they are still there once.
    tokens.ask("accounts", first=50_000, count=10, password="one for all")
    for name in ("user-050000", "user-052499"):
        assert tokens.login(name, "one for all").status == 200
    assert tokens.login("user-052500", "one for all").status == 401
    spent = tokens.ask("counters")["password_cpu_ns"] - before
    assert spent > one_hash > 0


def test_memory_of_this_process(running: Running) -> None:
    for name in BASIC:
        server = running[name]
        before = server.ask("store_memory")["bytes"]
        if name != "session-memory":
            assert before is None
            continue
        server.seed(100, first=70_000)
        assert server.ask("store_memory")["bytes"] > before + 100 * 500


def test_refresh_tokens_only_where_there_are_any(running: Running) -> None:
    for server in (running[name] for name in BASIC):
        (seeded,) = server.ask("seed", first=0, count=1, lifetime_s=60)["credentials"]
        assert ("refresh" in seeded) is server.ask("card")["refreshes"]
