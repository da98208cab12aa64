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
    ("lines", "kept"),
    [
        (("sid=; Max-Age=0", "sid=new; Max-Age=60"), {"sid": "new"}),
        (("sid=old; Max-Age=60", "sid=; Max-Age=0"), {}),
        (("sid=deleted; Expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0",), {}),
        (("sid=new; Path=/", "sid=; Path=/old; Max-Age=0"), {"sid": "new"}),
        (("sid=first", "sid=second"), {"sid": "second"}),
    ],
)
def test_a_later_cookie_takes_the_place_of_an_earlier_one(
    lines: tuple[str, ...], kept: dict[str, str]
) -> None:
    assert set_cookies(reply(*lines)) == kept


def test_the_lifetime_is_of_the_cookie_that_is_kept() -> None:
    assert cookie_lifetime_s(reply("sid=; Max-Age=0", "sid=new; Max-Age=60"), "sid") == 60


@pytest.mark.parametrize(
    ("line", "lifetime_s"),
    [
        ("sid=x; Max-Age=60; Expires=Thu, 01 Jan 2100 00:00:00 GMT", 60.0),
        ("sid=x; Max-Age=-1; Expires=Thu, 01 Jan 2100 00:00:00 GMT", None),
        ("sid=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT", None),
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
        (token({"exp": 17.5}), 17.5),
        (token({"exp": "17"}), None),
        (token({"exp": float("inf")}), None),
        (token({"exp": float("nan")}), None),
        (token({"sub": "ann"}), None),
        (token([1]), None),
        ("opaque", None),
        ("not.base64!.x", None),
    ],
)
def test_the_expiry_of_a_token(credential: str, expires: float | None) -> None:
    assert jwt_expiry(credential) == expires
