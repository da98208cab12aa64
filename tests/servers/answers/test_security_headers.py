"""What every answer carries, whoever made it."""

import http.client
import ssl
from pathlib import Path

import pytest

from authbench.system.certificate import make_certificate
from servers.answers.security_headers import security_headers
from servers.contract.settings import ServerSettings
from tests.servers.conftest import Serve
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess, close_pipes, launch

HSTS = "strict-transport-security"
YEAR_S = 31_536_000
ASKED = [
    ("GET", "/public", None, 200),
    ("GET", "/openapi.json", None, 200),
    ("GET", "/me", None, 401),
    ("HEAD", "/me", None, 401),
    ("POST", "/login", "{}", None),
    ("POST", "/login", "x" * 20_000, None),
    ("GET", "/nothing", None, 404),
    ("POST", "/login/", None, 404),
    ("PUT", "/me", None, 405),
    ("OPTIONS", "/me", None, 405),
    ("TRACE", "/me", None, 405),
]
"""Method, path, body and status, where that is the same behind every scheme."""


def answers(server: ServerProcess) -> list[tuple[int, dict[str, str]]]:
    """Of the application, and of the protocol to what it cannot read."""
    found = []
    for method, path, body, status in ASKED:
        connection = server.connect()
        sent = {"Content-Type": "application/json", "Origin": server.origin}
        reply = server.request(method, path, sent, body, connection)
        connection.close()
        assert reply.status == status or status is None, (method, path)
        found.append((reply.status, reply.headers))
    for raw in (b"nonsense\r\n\r\n", b"GET /me HTTP/1.1\r\nHost: a\r\nA: \x00\r\n\r\n"):
        found.append(raw_answer(server, raw))
    return found


def raw_answer(server: ServerProcess, raw: bytes) -> tuple[int, dict[str, str]]:
    connection = server.connect()
    connection.connect()
    connection.sock.sendall(raw)
    answer = http.client.HTTPResponse(connection.sock)
    answer.begin()
    answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}


def test_nosniff_everywhere_and_no_hsts_over_http(authenticating: ServerProcess) -> None:
    for status, headers in answers(authenticating):
        assert headers["x-content-type-options"] == "nosniff", status
        assert HSTS not in headers


def test_hsts_where_tls_ends_in_front(serve: Serve) -> None:
    server = serve(scheme="jwt-hs256", public_origin="https://bench.example")
    for status, headers in answers(server):
        assert headers[HSTS] == f"max-age={YEAR_S}", status
        assert headers["x-content-type-options"] == "nosniff"


def test_a_store_that_has_gone_and_a_throttle(serve: Serve, own_redis: RedisProcess) -> None:
    server = serve(scheme="opaque-redis", redis_url=own_redis.url, public_origin="https://bench.example")
    (credential,) = server.seed()
    replies = [server.login("nobody", "a wrong password") for _ in range(15)]
    own_redis.kill()
    replies.append(server.request("GET", "/me", credential))
    assert {401, 429, 503} <= {reply.status for reply in replies}
    for reply in replies:
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers[HSTS] == f"max-age={YEAR_S}"


OAUTH = {
    "/oauth/authorize": "GET, HEAD, POST",
    "/oauth/token": "POST",
    "/oauth/revoke": "POST",
    "/oauth/introspect": "POST",
    "/.well-known/oauth-authorization-server": "GET, HEAD",
    "/.well-known/jwks.json": "GET, HEAD",
}
"""Paths, and what each allows."""


def test_pages_of_oauth(serve: Serve, redis_server: RedisProcess) -> None:
    """The same for those: every field, HEAD as GET, what is allowed, and no redirect to another spelling."""
    server = serve(
        scheme="jwt-es256", redis_url=redis_server.url, redis_key_prefix="every-answer:", oauth=True,
        public_origin="https://bench.example",
    )  # fmt: skip
    asked = "/oauth/authorize?client_id=demo-app&redirect_uri=http://127.0.0.1:9999/callback"
    for path, allowed in (*OAUTH.items(), (asked, OAUTH["/oauth/authorize"])):
        replies = [server.request("PUT", path), server.request("POST", path, {}, "")]
        if "GET" in allowed:
            get, head = server.request("GET", path), server.request("HEAD", path)
            assert (head.status, head.body) == (get.status, b"")
            assert {**head.headers, "date": ""} == {**get.headers, "date": ""}
            replies += [get, head]
        assert (replies[0].status, replies[0].headers["allow"]) == (405, allowed)
        for reply in replies:
            assert reply.headers["x-content-type-options"] == "nosniff"
            assert reply.headers[HSTS] == f"max-age={YEAR_S}"
        other = server.request("POST", path.partition("?")[0] + "/", [("Host", "evil.example")])
        assert (other.status, "location" in other.headers) == (404, False)


def test_hsts_under_tls(tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    process, answer = launch(
        {
            "scheme": "jwt-hs256",
            "tls_certificate_file": str(made.certificate),
            "tls_key_file": str(made.key),
        }
    )
    trust = ssl.create_default_context(cafile=str(made.authority))
    connection = http.client.HTTPSConnection("127.0.0.1", answer["port"], context=trust, timeout=60)
    connection.request("GET", "/me")
    reply = connection.getresponse()
    assert (reply.status, reply.getheader(HSTS)) == (401, f"max-age={YEAR_S}")
    connection.close()
    process.terminate()
    process.wait(60)
    close_pipes(process)


@pytest.mark.parametrize(
    ("settings", "pinned"),
    [
        ({"public_origin": "https://bench.example"}, True),
        ({"public_origin": "https://localhost.example:8443"}, True),
        ({"public_origin": "https://127.0.0.1:8443"}, True),
        ({"tls_certificate_file": "c", "tls_key_file": "k", "host": "0.0.0.0"}, True),
        ({"tls_certificate_file": "c", "tls_key_file": "k"}, True),
        ({"host": "0.0.0.0"}, False),
        ({}, False),
        # Other servers of this machine have that name too.
        ({"public_origin": "https://localhost:8443"}, False),
        ({"public_origin": "https://app.LOCALHOST."}, False),
        ({"tls_certificate_file": "c", "tls_key_file": "k", "host": "localhost"}, False),
        ({"tls_certificate_file": "c", "tls_key_file": "k", "host": "LocalHost."}, False),
    ],
)
def test_who_is_pinned_to_https(settings: dict[str, str], pinned: bool) -> None:
    fields = dict(security_headers(ServerSettings(scheme="jwt-hs256", **settings)))
    assert (HSTS in fields) is pinned
    assert fields["x-content-type-options"] == "nosniff"
