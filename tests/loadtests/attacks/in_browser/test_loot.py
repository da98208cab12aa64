"""What counts as a credential in what script tells the attacker's site."""

import base64
import json
import time
from typing import Any, cast

import pytest

from loadtests.attacks.in_browser.loot import Loot, taken_in
from loadtests.browser.arrivals import Arrival
from loadtests.browser.origins import ELSEWHERE


def told(**content: Any) -> Arrival:
    return Arrival(ELSEWHERE, "POST", "/collect", {}, json.dumps(content).encode(), 204)


def page(**content: Any) -> Arrival:
    empty: dict[str, Any] = {"cookies": "", "local": {}, "session": {}, "databases": [], "globals": {}}
    return told(kind="loot", **{**empty, **content})


TOKENS = {"access_token": "a.b", "token_type": "Bearer", "refresh_token": "r", "expires_in": 900}
TAKEN = Loot({"Authorization": "Bearer a.b"}, "r", 900)


@pytest.mark.parametrize("place", ["local", "session", "globals"])
def test_tokens_are_found_in_every_storage(place: str) -> None:
    kept = {"tokens": json.dumps(TOKENS), "draft": "not JSON", "number": "1"}
    assert taken_in([page(**{place: kept})]) == [TAKEN]


def test_a_csrf_cookie_is_no_credential_and_a_session_is() -> None:
    assert taken_in([page(cookies="__Host-csrf=x")]) == []
    assert taken_in([page(cookies="__Host-csrf=x; __Host-sid=y")]) == [
        Loot({"Cookie": "__Host-csrf=x; __Host-sid=y"})
    ]


def test_requests_and_answers_are_heard_once() -> None:
    request = told(kind="request", headers={"authorization": "DPoP t", "dpop": "p", "content-type": "x"})
    answer = told(kind="answer", body=TOKENS)
    nothing = [
        told(kind="request", headers={"x-csrf-token": "x"}),
        told(kind="answer", body={"id": 1}),
        told(kind="answer", body=[]),
        Arrival(ELSEWHERE, "GET", "/pages/elsewhere.html", {}, b"", 200),
    ]
    assert taken_in([request, *nothing, answer, answer]) == [
        Loot({"Authorization": "DPoP t", "DPoP": "p"}),
        TAKEN,
    ]


def test_how_long_it_is_good_for_is_in_the_token_or_was_said() -> None:
    assert TAKEN.seconds_left == 900
    assert Loot({"Cookie": "sid=1"}).seconds_left is None
    assert Loot({"Authorization": "DPoP a.b.c", "DPoP": "proof"}, None, 900).seconds_left is None
    payload = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + 1000}).encode()).decode().rstrip("=")
    left = cast("float", Loot({"Authorization": f"Bearer h.{payload}.s"}, None, 1).seconds_left)
    assert 900 < left <= 1000
