"""What schemathesis writes into its events, read by topic."""

import json
from typing import Any

from judges.outside.schemathesis import heard

_TOPIC = "ignored authentication"


def _scenario(label: str, status: int, *, sent: str = "Authorization", failure: str | None = None) -> str:
    check: dict[str, Any] = {"name": "ignored_auth", "status": "success"}
    if failure is not None:
        check = {
            "name": "ignored_auth",
            "status": "failure",
            "failure_info": {"failure": {"title": "API accepts", "message": failure}},
        }
    recorder = {
        "label": label,
        "checks": {"a": [check]},
        "interactions": {
            "a": {"request": {"headers": {sent: ["[Filtered]"]}}, "response": {"status_code": status}}
        },
    }
    return json.dumps({"ScenarioFinished": {"recorder": recorder}})


def test_tried_are_the_operations_that_let_it_in() -> None:
    events = [
        '{"Initialize":{"seed":1}}',
        _scenario("GET /me", 200),
        _scenario("GET /me", 200),
        _scenario("GET /orders", 200, sent="Cookie"),
        _scenario("GET /admin/report", 403),
        _scenario("GET /public", 200, sent="Host"),
    ]
    said = heard(events, [_TOPIC])[_TOPIC]
    assert (said.tried, said.objections, said.not_run) == (2, [], None)


def test_a_failed_check_is_an_objection_once() -> None:
    message = "Expected 401 or 403, got `200 OK` for `GET /me`"
    events = [_scenario("GET /me", 200, failure=message)] * 2
    said = heard(events, [_TOPIC])[_TOPIC]
    assert [(each.check, each.what) for each in said.objections] == [("ignored_auth", message)]


def test_where_it_never_got_in_nothing_was_asked() -> None:
    said = heard([_scenario("GET /me", 401)], [_TOPIC])[_TOPIC]
    assert said.tried == 0
    assert said.not_run is not None
    assert "no operation ever let it in" in said.not_run
