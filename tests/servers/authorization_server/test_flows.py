"""Whole flows by clients that know nothing of us: Authlib and requests-oauthlib, over real HTTP."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from requests_oauthlib import OAuth2Session as OauthlibSession

from servers.authorization_server.clients import DEMO_REDIRECT, DEMO_SECRET
from servers.contract.claims import ISSUER
from servers.database.accounts import DEMO_PASSWORD
from servers.keys.keys import JWKS_MAX_AGE_S
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess

SCHEMES = ["jwt-hs256", "jwt-rs256", "jwt-es256", "jwt-denylist", "jwt-not-before", "jwt-refresh-grace"]


@pytest.fixture(scope="module", params=SCHEMES)
def server(request: pytest.FixtureRequest, redis_server: RedisProcess) -> Iterator[ServerProcess]:
    name = request.param
    with TemporaryDirectory(prefix="oauth-") as folder:
        running = ServerProcess(
            Path(folder),
            scheme=name,
            oauth=True,
            redis_url=redis_server.url,
            redis_key_prefix=f"oauth-{name}:",
        )
        yield running
        running.stop()


@pytest.fixture(autouse=True)
def plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both clients insist on TLS; this is loopback."""
    for name in ("AUTHLIB_INSECURE_TRANSPORT", "OAUTHLIB_INSECURE_TRANSPORT"):
        monkeypatch.setenv(name, "1")


def agree(url: str, server: ServerProcess, username: str = "alice") -> str:
    """What a user does with a browser: reads the form, fills it in; where that leads."""
    with httpx.Client(headers={"Origin": server.origin}) as browser:
        shown = browser.get(url)
        assert shown.status_code == 200, shown.text
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown.text))
        filled = {**hidden, "username": username, "password": DEMO_PASSWORD, "decision": "allow"}
        answer = browser.post(f"{server.origin}/oauth/authorize", data=filled)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def me(server: ServerProcess, token: str) -> tuple[int, object]:
    reply = server.request("GET", "/me", {"Authorization": f"Bearer {token}"})
    return reply.status, reply.json.get("sub")


def test_authlib_completes_every_flow(server: ServerProcess) -> None:
    client = AuthlibSession(
        "demo-app", redirect_uri=DEMO_REDIRECT, scope="user", code_challenge_method="S256",
        token_endpoint_auth_method="none",
    )  # fmt: skip
    verifier = "v" * 64
    url, state = client.create_authorization_url(f"{server.origin}/oauth/authorize", code_verifier=verifier)
    back = agree(url, server)
    said = parse_qs(urlsplit(back).query)
    assert (said["state"], said["iss"]) == ([state], [ISSUER])
    token = client.fetch_token(
        f"{server.origin}/oauth/token", authorization_response=back, code_verifier=verifier, state=state
    )
    assert me(server, token["access_token"]) == (200, "alice")
    claims = jwt.decode(token["access_token"], options={"verify_signature": False})
    assert (claims["client_id"], claims["scope"]) == ("demo-app", "user")
    renewed = client.refresh_token(f"{server.origin}/oauth/token", refresh_token=token["refresh_token"])
    assert me(server, renewed["access_token"]) == (200, "alice")
    assert jwt.decode(renewed["access_token"], options={"verify_signature": False})["client_id"] == "demo-app"
    revoked = client.revoke_token(f"{server.origin}/oauth/revoke", token=renewed["refresh_token"])
    assert revoked.status_code == 200
    again = client.post(
        f"{server.origin}/oauth/token",
        data={
            "grant_type": "refresh_token",
            "refresh_token": renewed["refresh_token"],
            "client_id": "demo-app",
        },
        withhold_token=True,
    )
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_service_acts_for_itself_and_asks_about_tokens(server: ServerProcess) -> None:
    service = AuthlibSession("demo-service", DEMO_SECRET, scope="user")
    token = service.fetch_token(f"{server.origin}/oauth/token", grant_type="client_credentials")
    assert me(server, token["access_token"]) == (200, "client:demo-service")
    assert "refresh_token" not in token
    told = service.introspect_token(f"{server.origin}/oauth/introspect", token=token["access_token"]).json()
    assert (told["active"], told["sub"], told["client_id"]) == (True, "client:demo-service", "demo-service")
    other = service.introspect_token(f"{server.origin}/oauth/introspect", token="x.y.z").json()
    assert other == {"active": False}
    revoked = service.revoke_token(f"{server.origin}/oauth/revoke", token=token["access_token"])
    if server.ask("card")["name"] == "jwt-denylist":
        assert revoked.status_code == 200
        assert me(server, token["access_token"])[0] == 401
    else:
        assert revoked.json()["error"] == "unsupported_token_type"
        assert me(server, token["access_token"])[0] == 200


def test_requests_oauthlib_completes_the_same(server: ServerProcess) -> None:
    client = OauthlibSession("demo-app", redirect_uri=DEMO_REDIRECT, scope=["user", "admin"], pkce="S256")
    url, _ = client.authorization_url(f"{server.origin}/oauth/authorize")
    back = agree(url, server, "root")
    token = client.fetch_token(
        f"{server.origin}/oauth/token", authorization_response=back, include_client_id=True
    )
    assert me(server, token["access_token"]) == (200, "root")
    report = server.request("GET", "/admin/report", {"Authorization": f"Bearer {token['access_token']}"})
    assert report.status == 200
    renewed = client.refresh_token(f"{server.origin}/oauth/token", client_id="demo-app")
    assert me(server, renewed["access_token"]) == (200, "root")


def test_metadata_and_keys_lead_to_tokens_that_verify(server: ServerProcess) -> None:
    known = server.request("GET", "/.well-known/oauth-authorization-server").json
    assert known["token_endpoint"] == f"{server.origin}/oauth/token"
    assert known["code_challenge_methods_supported"] == ["S256"]
    service = AuthlibSession("demo-service", DEMO_SECRET, scope="user")
    token = service.fetch_token(known["token_endpoint"], grant_type="client_credentials")["access_token"]
    if "jwks_uri" not in known:
        assert server.request("GET", "/.well-known/jwks.json").json == {"keys": []}
        return
    server.ask("rotate_keys")
    newer = service.fetch_token(known["token_endpoint"], grant_type="client_credentials")["access_token"]
    published = server.request("GET", "/.well-known/jwks.json")
    # A fresh key waits until every copy of an older set is that old.
    assert published.headers["cache-control"] == f"public, max-age={JWKS_MAX_AGE_S}"
    keys = {key["kid"]: key for key in published.json["keys"]}
    # The fresh key is there for everybody to see, and signs when nobody has an older set.
    assert len(keys) == 2
    assert {jwt.get_unverified_header(signed)["kid"] for signed in (token, newer)} == {next(iter(keys))}
    for signed in (token, newer):
        key = keys[jwt.get_unverified_header(signed)["kid"]]
        assert "d" not in key
        verified = jwt.decode(
            signed, jwt.PyJWK(key), algorithms=[key["alg"]], issuer=known["issuer"], audience=None,
            options={"verify_aud": False},
        )  # fmt: skip
        assert verified["sub"] == "client:demo-service"
        assert me(server, signed)[0] == 200
