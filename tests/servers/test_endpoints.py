import json

import pytest

from servers.bodies import BODY_MAX_BYTES
from servers.passwords import PASSWORD_MAX_LENGTH
from tests.servers.server_process import Reply, ServerProcess


def assert_problem(reply: Reply, status: int) -> None:
    """RFC 9457, section 3.1."""
    assert reply.status == status, reply
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"
    assert set(reply.json) == {"type", "title", "status", "detail"}
    assert reply.json["status"] == status


def without_date(reply: Reply) -> Reply:
    return reply._replace(headers={name: value for name, value in reply.headers.items() if name != "date"})


def test_resource_endpoints_are_identical_behind_every_scheme(running: dict[str, ServerProcess]) -> None:
    answers = set()
    for server in running.values():
        (credential,) = server.seed(first=7)
        replies = [
            without_date(server.request("GET", path, sent))
            for path, sent in [("/public", {}), ("/public", credential), ("/me", credential)]
        ]
        assert [reply.status for reply in replies] == [200, 200, 200]
        answers.add(repr([(reply.status, list(reply.headers.items()), reply.body) for reply in replies]))
    assert len(answers) == 1


def test_me_says_who_is_asking(server: ServerProcess) -> None:
    for number, credential in enumerate(server.seed(3)):
        reply = server.request("GET", "/me", credential)
        assert reply.body == b'{"sub":"user-%06d","scope":["user"]}' % number
        assert reply.headers["cache-control"] == "no-store"


def test_public_needs_nothing(server: ServerProcess) -> None:
    assert server.request("GET", "/public").status == 200


def test_me_without_a_credential(authenticating: ServerProcess) -> None:
    reply = authenticating.request("GET", "/me")
    assert_problem(reply, 401)
    assert reply.headers["www-authenticate"]


def test_control_believes_anything(running: dict[str, ServerProcess]) -> None:
    server = running["none"]
    assert server.request("GET", "/me").json["sub"] == "anonymous"
    assert server.request("GET", "/me", {"X-Subject": "the pope"}).json["sub"] == "the pope"
    (expired,) = server.seed(lifetime_s=-60)
    assert server.request("GET", "/me", expired).status == 200


def test_no_credential_of_one_scheme_opens_another(running: dict[str, ServerProcess]) -> None:
    credentials = {name: server.seed()[0] for name, server in running.items()}
    for name in running.keys() - {"none"}:
        for other, credential in credentials.items():
            assert running[name].request("GET", "/me", credential).status == (200 if name == other else 401)


def test_login_read_logout(server: ServerProcess) -> None:
    card = server.ask("card")
    reply = server.login("alice")
    assert reply.headers["cache-control"] == "no-store"
    credential = server.credential(reply)
    assert server.request("GET", "/me", credential).json == {"sub": "alice", "scope": ["user"]}
    left = server.logout(credential)
    assert (left.status, left.body) == (204, b"")
    accepted = server.request("GET", "/me", credential).status == 200
    assert accepted is not card["logout_ends_credential"]


def test_logout_without_a_credential(authenticating: ServerProcess) -> None:
    assert_problem(authenticating.logout({}), 401)


def test_unknown_user_and_wrong_password_get_the_same_answer(server: ServerProcess) -> None:
    unknown = without_date(server.login("nobody", "wrong"))
    wrong = without_date(server.login("alice", "wrong"))
    assert unknown == wrong
    assert_problem(wrong, 401)
    assert wrong.headers["www-authenticate"]


def test_scopes_come_from_the_account(authenticating: ServerProcess) -> None:
    credential = authenticating.credential(authenticating.login("root"))
    assert authenticating.request("GET", "/me", credential).json == {
        "sub": "root",
        "scope": ["user", "admin"],
    }


def test_account_added_by_the_harness_can_log_in(authenticating: ServerProcess) -> None:
    server = authenticating
    server.ask("account", username="carol", password="a long enough one", scope="user audit")
    credential = server.credential(server.login("carol", "a long enough one"))
    assert server.request("GET", "/me", credential).json == {"sub": "carol", "scope": ["user", "audit"]}


def test_no_such_path_or_method(server: ServerProcess) -> None:
    assert_problem(server.request("GET", "/nothing"), 404)
    assert_problem(server.request("GET", "/docs"), 404)
    refused = server.request("PUT", "/me")
    assert_problem(refused, 405)
    assert refused.headers["allow"] == "GET"
    assert_problem(server.request("GET", "/logout"), 405)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        "\xff",
        '{"username":"alice"}',
        '{"username":"alice","password":7}',
        '{"username":"alice","password":""}',
        '{"username":"alice","password":"s3cret","admin":true}',
        '{"username":"\\ud800","password":"s3cret"}',
        json.dumps({"username": "alice", "password": "s3cret" * PASSWORD_MAX_LENGTH}),
        "[" * 10_000,
    ],
)
def test_what_is_not_a_login(server: ServerProcess, body: str) -> None:
    sent = {**server.changing(server.with_csrf({})), "Content-Type": "application/json"}
    reply = server.request("POST", "/login", sent, body.encode("latin-1"))
    assert_problem(reply, 422)
    assert b"s3cret" not in reply.body


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", None]
)
def test_login_is_json_only(server: ServerProcess, media_type: str | None) -> None:
    sent = server.changing(server.with_csrf({})) | ({"Content-Type": media_type} if media_type else {})
    body = '{"username":"alice","password":"correct horse battery staple"}'
    assert_problem(server.request("POST", "/login", sent, body), 415)


def test_a_parameter_of_the_media_type_is_allowed(server: ServerProcess) -> None:
    assert server.login(headers={"Content-Type": "Application/JSON; charset=utf-8"}).status == 200


def test_a_long_body_is_refused(server: ServerProcess) -> None:
    connection = server.connect()
    sent = {**server.changing(server.with_csrf({})), "Content-Type": "application/json"}
    reply = server.request("POST", "/login", sent, b" " * (BODY_MAX_BYTES + 1), connection)
    assert_problem(reply, 413)
    connection.close()


def test_the_longest_password_is_accepted(server: ServerProcess) -> None:
    password = "x" * PASSWORD_MAX_LENGTH
    server.ask("account", username="dave", password=password, scope="user")
    assert server.login("dave", password).status == 200
    assert server.login("dave", password[:-1] + "y").status == 401
