"""One rule for names, at every door; and the same for what is ordered."""

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from servers.parsing.usernames import USERNAME_MAX_LENGTH, Username, is_username
from tests.servers.server_process import ServerProcess

FINE = ["a", "alice", "Zoë", "名前", "a b", "o'neil@example.org", "x" * USERNAME_MAX_LENGTH, "\U0001f600"]
REFUSED = [
    "",
    "\0",
    "ali\0ce",
    "alice\0",
    "alice\n",
    "ali\rce",
    "\talice",
    "ali\x1bce",
    "ali\x7fce",
    "ali\x80ce",
    "ali\x9fce",
    "ali\u2028ce",
    "ali\u2029ce",
    "x" * (USERNAME_MAX_LENGTH + 1),
]


@pytest.mark.parametrize("name", FINE)
def test_names(name: str) -> None:
    assert is_username(name)
    assert TypeAdapter(Username).validate_python(name) == name


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_name(name: str) -> None:
    assert not is_username(name)
    with pytest.raises(ValidationError):
        TypeAdapter(Username).validate_python(name)


@pytest.mark.parametrize("name", [*REFUSED, "\ud800", "a\udfff"])
def test_every_door_refuses_it(server: ServerProcess, name: str) -> None:
    assert server.login(name, "a long enough password").status == 422
    for op, more in (
        ("account", {"password": "a long enough password", "scope": "user"}),
        ("role", {"scope": "user"}),
        ("disable", {}),
    ):
        assert list(server.ask(op, username=name, **more)) == ["error"]
    (credential,) = server.seed()
    sent = {**server.changing(credential), "Content-Type": "application/json"}
    if len(name) != USERNAME_MAX_LENGTH + 1:
        order = json.dumps({"item": name, "quantity": 1})
        assert server.request("POST", "/orders", sent, order).status == 422
    assert server.ask("counters")["in_flight"] == 0


def test_names_are_compared_code_point_by_code_point(server: ServerProcess) -> None:
    """Neither case nor Unicode normal form is folded."""
    composed, decomposed = "Zo\u00eb", "Zoe\u0308"
    server.ask("account", username=composed, password="a long enough password", scope="user")
    assert server.login(composed, "a long enough password").status == 200
    for other in (decomposed, composed.lower()):
        assert server.login(other, "a long enough password").status == 401


@pytest.mark.parametrize("scope", ["user\0", "user\n", "\ud800"])
def test_other_names_of_the_harness(tokens: ServerProcess, scope: str) -> None:
    for op, more in (
        ("account", {"username": "x", "password": "a long enough password"}),
        ("role", {"username": "alice"}),
        ("seed", {"first": 0, "count": 1, "lifetime_s": 60}),
    ):
        assert list(tokens.ask(op, scope=scope, **more)) == ["error"]
