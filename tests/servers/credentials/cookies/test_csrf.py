import pytest

from servers.contract.errors import Forbidden
from servers.credentials.cookies.csrf import require_own_origin
from tests.servers.make_request import request
from tests.servers.server_process import ServerProcess

HOST = ("Host", "bench.example:8000")
OWN = ("Origin", "http://bench.example:8000")

FINE = [
    [HOST, OWN],
    [HOST, ("Sec-Fetch-Site", "same-origin")],
    [HOST, ("Sec-Fetch-Site", "none")],
    [HOST, OWN, ("Sec-Fetch-Site", "same-origin")],
    # Compared after parsing, and without what surrounds a value.
    [HOST, ("Origin", " http://bench.example:8000\t")],
    [HOST, ("Sec-Fetch-Site", "same-origin ")],
    [HOST, ("Origin", "HTTP://Bench.EXAMPLE:8000")],
    [("Host", "Bench.Example:8000 "), OWN],
    [("Host", "Bench.Example:80"), ("Origin", "http://bench.example")],
    [("Host", "bench.example"), ("Origin", "http://bench.example:80")],
    [("Host", "bench.example:"), ("Origin", "http://bench.example")],
    [("Host", "[0:0::1]:8000"), ("Origin", "http://[::1]:8000")],
]
REFUSED = [
    [HOST],
    [OWN],
    [HOST, ("Sec-Fetch-Site", "cross-site")],
    [HOST, ("Sec-Fetch-Site", "same-site")],
    [HOST, ("Sec-Fetch-Site", "Same-Origin")],
    [HOST, ("Sec-Fetch-Site", "")],
    [HOST, ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "same-origin")],
    [HOST, ("Origin", "null")],
    [HOST, ("Origin", "")],
    [HOST, ("Origin", "http://bench.example")],
    [HOST, ("Origin", "https://bench.example:8000")],
    [HOST, ("Origin", "http://app2.bench.example:8000")],
    [HOST, ("Origin", "http://bench.example:8000/")],
    [HOST, OWN, OWN],
    [HOST, OWN, ("Origin", "http://evil.example")],
    [HOST, HOST, OWN],
    [HOST, OWN, ("Sec-Fetch-Site", "cross-site")],
    [HOST, OWN, ("Sec-Fetch-Site", "same-site")],
    [HOST, ("Origin", "http://evil.example"), ("Sec-Fetch-Site", "same-origin")],
    [HOST, ("Origin", "http://bench.example:8000 http://bench.example:8000")],
    [HOST, ("Origin", "http://user@bench.example:8000")],
    [HOST, ("Origin", "http://bench.example.:8000")],
    [HOST, ("Origin", "http://bench.example:08000000")],
    [HOST, ("Origin", "http://b\xe9nch.example:8000")],
    [("Host", "user@bench.example:8000"), ("Origin", "http://user@bench.example:8000")],
    [("Host", "bench.example:8000/x"), OWN],
    [("Host", ""), ("Origin", "http://")],
    [HOST, ("Referer", "http://bench.example:8000/")],
]


@pytest.mark.parametrize("headers", FINE)
def test_from_our_own_pages(headers: list[tuple[str, str]]) -> None:
    require_own_origin(request(*headers), None)


@pytest.mark.parametrize("headers", REFUSED)
def test_from_anywhere_else(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(Forbidden):
        require_own_origin(request(*headers), None)


def test_a_public_origin_replaces_what_the_request_was_sent_to() -> None:
    public = "https://bench.example"
    require_own_origin(request(HOST, ("Origin", public)), public)
    require_own_origin(request(HOST, ("Origin", "https://Bench.example:443")), public)
    with pytest.raises(Forbidden):
        require_own_origin(request(HOST, OWN), public)


STATE_CHANGES = [
    ("POST", "/login"),
    ("POST", "/logout"),
    ("POST", "/logout-everywhere"),
    ("POST", "/orders"),
    ("POST", "/account/password"),
    ("DELETE", "/sessions/x"),
]


@pytest.mark.parametrize(("method", "path"), STATE_CHANGES)
@pytest.mark.parametrize(
    "proof",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_every_state_change_of_a_session_is_guarded(
    sessions: ServerProcess, method: str, path: str, proof: dict[str, str]
) -> None:
    (credential,) = sessions.seed()
    body = '{"username":"alice","password":"correct horse battery staple"}'
    sent = {**credential, **proof, "Content-Type": "application/json"}
    reply = sessions.request(method, path, sent, body)
    assert reply.status == 403
    assert reply.headers["content-type"] == "application/problem+json"
    assert "set-cookie" not in reply.headers
    assert sessions.request("GET", "/me", credential).status == 200


@pytest.mark.parametrize(("method", "path"), STATE_CHANGES)
def test_our_own_origin_is_not_enough(sessions: ServerProcess, method: str, path: str) -> None:
    """A token that is missing, wrong or another session's: refused before the body is read."""
    one, other = sessions.seed(2)
    wrong = sessions.changing(other)["X-CSRF-Token"]
    for token in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": wrong}):
        sent = {"Origin": sessions.origin, "Content-Type": "application/json", **token, **one}
        reply = sessions.request(method, path, sent, "not JSON")
        assert reply.status == 403
        assert reply.headers["content-type"] == "application/problem+json"
        assert not reply.set_cookies
    assert sessions.request("GET", "/me", one).status == 200


def test_reading_needs_no_token(sessions: ServerProcess) -> None:
    (credential,) = sessions.seed()
    session = {"Cookie": credential["Cookie"].partition(";")[0]}
    for path in ("/me", "/orders", "/sessions", "/csrf"):
        assert sessions.request("GET", path, session).status == 200


def test_tokens_need_no_such_proof(tokens: ServerProcess) -> None:
    body = '{"username":"alice","password":"correct horse battery staple"}'
    sent = {"Origin": "http://evil.example", "Content-Type": "application/json"}
    reply = tokens.request("POST", "/login", sent, body)
    assert reply.status == 200
    assert tokens.request("POST", "/logout", tokens.credential(reply)).status == 204
