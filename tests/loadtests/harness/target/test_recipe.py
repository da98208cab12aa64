"""What a recipe reads from replies, and how it fills in its texts."""

import base64
import json
from typing import Any

import pytest

from loadtests.clients.blocking_client import Reply
from loadtests.harness.target.recipe import (
    at_pointer,
    cookie_lifetime_s,
    filled,
    jwt_expiry,
    set_cookies,
)


def reply(*cookies: str) -> Reply:
    return Reply(200, tuple(("set-cookie", line) for line in cookies), b"")


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("/a/b", 1),
        ("/list/1", "y"),
        ("/list/2", None),
        ("/list/x", None),
        ("/a~1b", "slash"),
        ("/a~0b", "tilde"),
        ("/nobody/there", None),
        ("", "the document"),
    ],
)
def test_json_pointers(pointer: str, found: Any) -> None:
    document = {"a": {"b": 1}, "list": ["x", "y"], "a/b": "slash", "a~b": "tilde"}
    assert at_pointer(document, pointer) == (document if found == "the document" else found)


def test_placeholders_are_filled_in_once() -> None:
    words = {"username": "{password}", "password": "secret"}
    body = {"who": "{username}", "deep": [{"what": "x{password}y"}], "number": 3, "other": "{csrf}"}
    assert filled(body, words) == {
        "who": "{password}",
        "deep": [{"what": "xsecrety"}],
        "number": 3,
        "other": "{csrf}",
    }


def test_cookies_that_are_deleted_are_none() -> None:
    assert set_cookies(reply("sid=abc; Path=/", "old=; Max-Age=0", 'older=""')) == {"sid": "abc"}


@pytest.mark.parametrize(
    ("line", "lifetime_s"),
    [
        ("sid=x; Max-Age=60; Expires=Thu, 01 Jan 2100 00:00:00 GMT", 60.0),
        ("sid=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("sid=x; expires=soon", None),
        ("sid=x; Path=/", None),
        ("other=x; Max-Age=60", None),
    ],
)
def test_the_lifetime_of_a_cookie(line: str, lifetime_s: float | None) -> None:
    assert cookie_lifetime_s(reply(line), "sid") == lifetime_s


def token(claims: Any) -> str:
    return f"h.{base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}.s"


@pytest.mark.parametrize(
    ("credential", "expires"),
    [
        (token({"exp": 17}), 17.0),
        (token({"sub": "ann"}), None),
        (token([1]), None),
        ("opaque", None),
        ("not.base64!.x", None),
    ],
)
def test_the_expiry_of_a_token(credential: str, expires: float | None) -> None:
    assert jwt_expiry(credential) == expires
