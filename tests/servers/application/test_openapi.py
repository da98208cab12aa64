import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from servers.application import openapi
from servers.application.openapi import describe
from servers.contract.scheme import Scheme
from servers.contract.settings import ServerSettings
from servers.schemes.session_memory import MemorySessionScheme
from tests.servers.browser import Site
from tests.servers.cards import BASIC
from tests.servers.conftest import Running, Serve
from tests.servers.server_process import ServerProcess

COOKIE = {"type": "apiKey", "in": "cookie", "name": "dev-sid"}
BEARER = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
OPEN = {"get /public", "get /csrf", "post /login", "post /refresh"}


def operations(document: dict[str, dict[str, dict[str, dict[str, object]]]]) -> dict[str, dict[str, object]]:
    return {
        f"{method} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_what_is_in_force_is_what_is_declared(running: Running) -> None:
    for name in BASIC:
        server = running[name]
        document = server.request("GET", "/openapi.json").json
        declared = document["components"].get("securitySchemes", {})
        cookie, bearer = name.startswith("session-"), name.startswith("jwt-")
        assert declared == ({name: COOKIE} if cookie else {name: BEARER} if bearer else {})
        for key, operation in operations(document).items():
            wanted: list[dict[str, list[str]]] = [] if key in OPEN or name == "none" else [{name: []}]
            assert operation["security"] == wanted, key


def test_every_declared_operation_is_there_and_needs_what_it_says(server: ServerProcess) -> None:
    document = server.request("GET", "/openapi.json").json
    for key, operation in operations(document).items():
        method, path = key.split()
        sent = {"Origin": server.origin, "Content-Type": "application/json"}
        reply = server.request(method.upper(), path.replace("{session_id}", "x"), sent, "{}")
        if operation["security"]:
            assert reply.status == 401 or (key, reply.status) == ("post /logout", 422), key
        else:
            assert reply.status in (200, 204, 403, 422), key
        assert str(reply.status) in operation["responses"], (key, reply)  # type: ignore[operator]


def test_what_is_not_offered_is_not_declared(running: Running, serve: Serve) -> None:
    for name, server in [
        *((name, running[name]) for name in BASIC),
        ("jwt without a store", serve(scheme="jwt-hs256")),
    ]:
        declared = operations(server.request("GET", "/openapi.json").json)
        for key in set(server.ask("config")["routes"]):
            method, path = key.split()
            if f"{method.lower()} {path}" in declared:
                continue
            reply = server.request(
                method,
                path,
                {"Origin": server.origin, "Content-Type": "application/json"},
                '{"refresh_token":"x"}' if method == "POST" else None,
            )
            assert reply.json["detail"] == "This endpoint is not available with the configured scheme.", (
                name,
                key,
            )
        assert ("post /refresh" in declared) is server.ask("card")["refreshes"]
        assert "get /me" in declared


def test_the_document_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def describing(app: FastAPI, scheme: Scheme) -> dict[str, Any]:
        made.append(scheme)
        return describe(app, scheme)

    monkeypatch.setattr(openapi, "describe", describing)
    site = Site(MemorySessionScheme(ServerSettings(scheme="session-memory")))

    async def ask_at_once() -> set[bytes]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(site.app), base_url="http://bench.example"
        ) as client:
            replies = await asyncio.gather(*(client.get("/openapi.json") for _ in range(20)))
        return {reply.content for reply in replies}

    assert len(asyncio.run(ask_at_once())) == 1
    assert len(made) == 1
    site.passwords.close()


def test_head_is_not_described(server: ServerProcess) -> None:
    """It goes with every GET."""
    described = operations(server.request("GET", "/openapi.json").json)
    assert "get /me" in described
    assert not [key for key in described if key.startswith("head")]


def test_the_name_of_the_cookie_is_the_real_one() -> None:
    settings = ServerSettings(scheme="session-memory", public_origin="https://bench.example")
    assert MemorySessionScheme(settings).security["name"] == "__Host-Http-sid"


@pytest.mark.parametrize("path", ["post /orders", "post /login", "post /account/password"])
def test_bodies_are_described(tokens: ServerProcess, path: str) -> None:
    document = tokens.request("GET", "/openapi.json").json
    body = operations(document)[path]["requestBody"]
    reference = body["content"]["application/json"]["schema"]["$ref"]  # type: ignore[index]
    schema = document["components"]["schemas"][reference.rpartition("/")[2]]
    assert schema["additionalProperties"] is False
    assert len(schema["required"]) == 2
