import json

import pytest

from servers.parsing.passwords import PASSWORD_MAX_LENGTH
from servers.parsing.request_head import BODY_MAX_BYTES
from tests.servers.cards import CARDS, WITHOUT_PROOF
from tests.servers.conftest import Running
from tests.servers.server_process import Reply, ServerProcess

_LOGIN = '{"username":"alice","password":"correct horse battery staple"}'


def assert_problem(reply: Reply, status: int) -> None:
    """RFC 9457, section 3.1."""
    assert reply.status == status, reply
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"
    assert set(reply.json) == {"type", "title", "status", "detail"}
    assert reply.json["status"] == status


def without_date(reply: Reply) -> Reply:
    return reply._replace(headers={name: value for name, value in reply.headers.items() if name != "date"})


def test_resource_endpoints_are_identical_behind_every_scheme(running: Running) -> None:
    answers = set()
    for server in map(running.__getitem__, WITHOUT_PROOF):
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


def test_control_believes_anything(running: Running) -> None:
    server = running["none"]
    assert server.request("GET", "/me").json["sub"] == "anonymous"
    assert server.request("GET", "/me", {"X-Subject": "the pope"}).json["sub"] == "the pope"
    (expired,) = server.seed(lifetime_s=-60)
    assert server.request("GET", "/me", expired).status == 200


def test_no_credential_of_one_scheme_opens_another(running: Running) -> None:
    credentials = {name: running[name].seed()[0] for name in WITHOUT_PROOF}
    for name in WITHOUT_PROOF:
        if not CARDS[name].authenticates:
            continue
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
    assert refused.headers["allow"] == "GET, HEAD"
    assert_problem(server.request("GET", "/logout"), 405)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/me", "GET, HEAD"),
        ("/orders", "GET, HEAD, POST"),
        ("/login", "POST"),
        ("/sessions", "GET, HEAD"),
        ("/sessions/x", "DELETE"),
        ("/openapi.json", "GET, HEAD"),
    ],
)
@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "TRACE"])
def test_what_is_allowed_is_told(any_server: ServerProcess, method: str, path: str, allowed: str) -> None:
    """RFC 9110 section 15.5.6: all methods of the resource, not of one handler."""
    reply = any_server.request(method, path)
    assert_problem(reply, 405)
    assert reply.headers["allow"] == allowed


GETS = ["/public", "/me", "/orders", "/admin/report", "/sessions", "/csrf", "/openapi.json", "/nothing"]


@pytest.mark.parametrize("path", GETS)
def test_head_is_get_without_a_body(server: ServerProcess, path: str) -> None:
    """RFC 9110 section 9.3.2: same status and fields, Content-Length included, nothing behind the head."""
    (credential,) = server.seed()
    for sent in (credential, {}, {"Authorization": "Bearer x", "Cookie": "dev-sid=x"}):
        connection = server.connect()
        get = without_date(server.request("GET", path, sent, connection=connection))
        head = without_date(server.request("HEAD", path, sent, connection=connection))
        assert head.body == b""
        assert head.status == get.status
        if path != "/csrf":
            assert head.headers == get.headers
        assert head.headers["content-length"] == str(len(get.body))
        # A body would be read as the next answer.
        assert without_date(server.request("GET", path, sent, connection=connection)).status == get.status
        connection.close()


def test_head_asks_for_no_change(server: ServerProcess) -> None:
    for path in ("/login", "/logout", "/refresh", "/logout-everywhere", "/account/password"):
        reply = server.request("HEAD", path)
        assert (reply.status, reply.body) == (405, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "/login/", "/me/", "/orders/", "/public/", "/openapi.json/", "/sessions/", "/sessions/x/", "/csrf/",
        "//login", "//evil.example", "//evil.example/me", "/login//", "/me/.", "/me/..", "/login%2F", "/",
    ],
)  # fmt: skip
def test_no_redirect_whatever_the_host_says(any_server: ServerProcess, method: str, path: str) -> None:
    reply = any_server.request(method, path, [("Host", "evil.example"), ("X-Forwarded-Host", "evil.example")])
    assert (reply.status, "location" in reply.headers) == (404, False)
    assert b"evil" not in reply.body


@pytest.mark.parametrize(
    "handle",
    ["%00", "a%00", "%2F", "a%2Fb", "..%2F..%2Fme", "%ff", "%C0%AF", "%ED%A0%80", "%0A", "%zz", "%",
     "x" * 5000, "*", "a:b", "%F0%9F%98%80", "'", "%22"],
)  # fmt: skip
def test_a_session_that_none_can_be(server: ServerProcess, handle: str) -> None:
    """Not there, or not to be asked for; never an error. And nobody else learns even that."""
    (credential,) = server.seed()
    reply = server.request("DELETE", f"/sessions/{handle}", server.changing(credential))
    assert_problem(reply, 404)
    offered = "/sessions" in server.request("GET", "/openapi.json").json["paths"]
    if offered and "%2F" not in handle and server.ask("card")["authenticates"]:
        reply = server.request("DELETE", f"/sessions/{handle}", {"Origin": server.origin})
        assert_problem(reply, 401)


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
        *(
            _LOGIN.encode(encoding).decode("latin-1")
            for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-32")
        ),
        '{"username":NaN,"password":"s3cret"}',
        '{"username":1e400,"password":"s3cret"}',
        '{"username":' + "9" * 9000 + ',"password":"s3cret"}',
        '{"username":"\xed\xa0\x80","password":"s3cret"}',
        '{"username":"\xc0\x80","password":"s3cret"}',
        '{"username":"alice","password":"s3cret"}{}',
        '{"username":"alice","password":"\\udc00 s3cret"}',
    ],
)
def test_what_is_not_a_login(any_server: ServerProcess, body: str) -> None:
    sent = {**any_server.changing(any_server.with_csrf({})), "Content-Type": "application/json"}
    reply = any_server.request("POST", "/login", sent, body.encode("latin-1"))
    assert_problem(reply, 422)
    assert b"s3cret" not in reply.body


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", None]
)
def test_login_is_json_only(any_server: ServerProcess, media_type: str | None) -> None:
    sent = any_server.changing(any_server.with_csrf({})) | (
        {"Content-Type": media_type} if media_type else {}
    )
    body = '{"username":"alice","password":"correct horse battery staple"}'
    assert_problem(any_server.request("POST", "/login", sent, body), 415)


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


@pytest.mark.parametrize("behind", ["%0A", "%0a", "%0D%0A", "%00", "%2F", "/", "%20", ";a", "%0A%0A"])
def test_what_stands_behind_a_path_makes_another_one(any_server: ServerProcess, behind: str) -> None:
    """Also a line feed: `$` of a regular expression matches before one."""
    (credential,) = any_server.seed()
    presented = any_server.changing(any_server.with_csrf(credential))
    described = any_server.request("GET", "/openapi.json").json["paths"]
    assert any_server.request("GET", "/openapi.json" + behind).status == 404
    for path, methods in described.items():
        if "{" not in path:
            for method in methods:
                sent = {"Content-Type": "application/json", **presented}
                assert any_server.request(method.upper(), path + behind, sent, _LOGIN).status == 404, path


def test_a_login_needs_its_csrf_token_however_its_path_is_spelt(running: Running) -> None:
    server = running["session-redis"]
    sent = {"Content-Type": "application/json", "Origin": server.origin}
    for path, status in (("/login", 403), ("/%6Cogin", 403), ("/login%0A", 404), ("/login%0a%0a", 404)):
        assert server.request("POST", path, sent, _LOGIN).status == status


def test_a_refused_body_is_not_repeated(running: Running) -> None:
    sent = {"Content-Type": "application/json"}
    for body in (
        '{"username":"alice","hunter2hunter2":"x","password":"y"}',
        '{"username":{"hunter2hunter2":1},"password":"y"}',
        '["hunter2hunter2"]',
        '{"username":"hunter2hunter2\\u0000","password":"y"}',
    ):
        reply = running["jwt-hs256"].request("POST", "/login", sent, body)
        assert_problem(reply, 422)
        assert b"hunter2" not in reply.body
