"""What surrounds a field's value is no part of it, on the wire, wherever a server reads one."""

import http.client
import json

import pytest

from servers.database.accounts import DEMO_PASSWORD
from servers.parsing.header_fields import field_values, media_type
from tests.servers.cards import BASIC
from tests.servers.conftest import Running, Serve
from tests.servers.make_request import request
from tests.servers.server_process import ServerProcess

AROUND = [("", " "), ("", "   "), ("", "\t"), (" ", ""), ("\t \t", " \t ")]


def test_every_value_of_a_name_in_order() -> None:
    sent = [("A", " 1"), ("B", "2"), ("a", "3\t "), ("A", ""), ("A", " \t"), ("A", "4\x0b"), ("A", "\xa05")]
    assert field_values(request(*sent), b"a") == [b"1", b"3", b"", b"", b"4\x0b", b"\xa05"]
    assert field_values(request(*sent), b"c") == []


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        (["application/json"], b"application/json"),
        (["Application/JSON ; charset=utf-8"], b"application/json"),
        ([" application/json\t;x"], b"application/json"),
        (["application/json\xa0"], b"application/json\xa0"),
        (["\x85application/json"], b"\x85application/json"),
        (["application/json", "application/json"], b""),
        (["application/json, text/plain"], b"application/json, text/plain"),
        ([], b""),
    ],
)
def test_the_media_type_of_a_body(declared: list[str], found: bytes) -> None:
    assert media_type(request(*(("Content-Type", value) for value in declared))) == found


def ask(server: ServerProcess, method: str, path: str, fields: list[tuple[str, str]], body: str = "") -> int:
    """The status of a request whose fields are sent as they are: http.client would strip or refuse some."""
    connection = server.connect()
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}:{value}" for name, value in fields)]
    if body:
        lines.append(f"Content-Length:{len(body)}")
    connection.connect()
    connection.sock.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin-1"))
    answer = http.client.HTTPResponse(connection.sock, method=method)
    answer.begin()
    answer.read()
    connection.close()
    return answer.status


@pytest.mark.parametrize(("before", "behind"), AROUND)
def test_credentials(running: Running, before: str, behind: str) -> None:
    for server in (running[name] for name in BASIC):
        (credential,) = server.seed()
        fields = [(name, before + value + behind) for name, value in credential.items()]
        assert ask(server, "GET", "/me", [("Host", before + "h" + behind), *fields]) == 200


@pytest.mark.parametrize(("before", "behind"), AROUND)
def test_everything_a_state_change_needs(sessions: ServerProcess, before: str, behind: str) -> None:
    (credential,) = sessions.seed()
    wanted = {
        "Host": sessions.origin.removeprefix("http://"),
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/json",
        **sessions.changing(credential),
    }
    fields = [(name, before + value + behind) for name, value in wanted.items()]
    assert ask(sessions, "POST", "/orders", fields, '{"item":"a","quantity":1}') == 201


@pytest.mark.parametrize(("before", "behind"), AROUND)
def test_a_login(sessions: ServerProcess, before: str, behind: str) -> None:
    sent = {
        "Host": sessions.origin.removeprefix("http://"),
        "Content-Type": "application/json",
        **sessions.changing(sessions.with_csrf({})),
    }
    fields = [(name, before + value + behind) for name, value in sent.items()]
    body = json.dumps({"username": "alice", "password": DEMO_PASSWORD})
    assert ask(sessions, "POST", "/login", fields, body) == 200


def test_a_second_field_is_refused_all_the_same(running: Running) -> None:
    for name in ("jwt-hs256", "session-redis"):
        server = running[name]
        (credential,) = server.seed()
        (field, value), *_ = credential.items()
        for twice in ([(field, value), (field, value + " ")], [(field, value), (field, " ")]):
            expected = 200 if (field, twice[1][1]) == ("Cookie", " ") else 401
            assert ask(server, "GET", "/me", [("Host", "h"), *twice]) == expected


def test_empty_values(sessions: ServerProcess, tokens: ServerProcess, serve: Serve) -> None:
    """A field without a value is there, and proves nothing."""
    for server in (sessions, tokens):
        for name in ("Authorization", "Cookie"):
            assert ask(server, "GET", "/me", [("Host", "h"), (name, "  ")]) == 401
    (credential,) = sessions.seed()
    good = {"Host": sessions.origin.removeprefix("http://"), **sessions.changing(credential)}
    for name in ("Host", "Origin", "X-CSRF-Token", "Cookie", "Sec-Fetch-Site"):
        fields = list({**good, name: " "}.items())
        assert ask(sessions, "POST", "/logout", fields) in (400, 401, 403), name
    assert ask(sessions, "POST", "/logout", list(good.items())) == 204
