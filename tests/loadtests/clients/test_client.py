"""What a client of each kind adds to its requests, and what it keeps of a reply."""

import jwt

from authbench.contracts.card import Card, ClientDuty
from loadtests.clients.client import Client
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme

ORIGIN = "http://127.0.0.1:8000"


def card(scheme: str) -> Card:
    return find_scheme(scheme)(ServerSettings(scheme=scheme)).card


def said(proof: str) -> dict[str, object]:
    header = jwt.get_unverified_header(proof)
    assert header["typ"] == "dpop+jwt"
    return dict(jwt.decode(proof, jwt.PyJWK(header["jwk"]).key, ["ES256"]))


def test_a_proof_for_each_request_by_one_key() -> None:
    client = Client(card("jwt-dpop"), ORIGIN)
    assert card("jwt-dpop").client is ClientDuty.DPOP_PROOF
    login = client.login_headers(list)
    assert said(login["DPoP"]).items() >= {"htm": "POST", "htu": f"{ORIGIN}/login"}.items()
    assert "ath" not in said(login["DPoP"])
    kept = client.keep([], {"access_token": "a.b.c", "token_type": "DPoP"})
    assert kept is not None
    asked = [client.headers("GET", "/me", kept.headers) for _ in range(2)]
    assert {headers["Authorization"] for headers in asked} == {"DPoP a.b.c"}
    first, second = (said(headers["DPoP"]) for headers in asked)
    assert first["jti"] != second["jti"]
    assert (first["htm"], first["htu"], first["ath"]) == ("GET", f"{ORIGIN}/me", second["ath"])
    assert client.headers("GET", "/public", {}) == {}
    key = client.private_jwk
    assert key is not None
    assert "d" in key
    assert jwt.get_unverified_header(asked[0]["DPoP"])["jwk"].items() <= key.items()


def test_who_needs_no_proof_sends_none() -> None:
    client = Client(card("jwt-hs256"), ORIGIN)
    assert client.key_thumbprint == ""
    assert client.private_jwk is None
    assert client.login_headers(list) == {}
    kept = client.keep([], {"access_token": "a.b.c", "token_type": "Bearer"})
    assert kept is not None
    assert client.headers("POST", "/orders", kept.headers) == {"Authorization": "Bearer a.b.c"}
    assert client.keep([], {"no": "token"}) is None


def test_a_cookie_goes_where_its_path_says() -> None:
    client = Client(card("session-memory"), ORIGIN)
    lines = ["sid=1; Path=/; HttpOnly", "csrf=2; Path=/", "dev-device=3; Path=/login; HttpOnly"]
    kept = client.keep(lines, None)
    assert kept is not None
    assert kept.headers == {"Cookie": "sid=1; csrf=2"}
    assert client.headers("POST", "/orders", kept.headers) == {"Cookie": "sid=1; csrf=2", "X-CSRF-Token": "2"}
    assert client.headers("GET", "/orders", kept.headers) == {"Cookie": "sid=1; csrf=2"}
    assert client.keep(["sid=; Path=/; Max-Age=0"], None) is None
