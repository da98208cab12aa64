"""The canaries: against a real server, and against servers that are wrong."""

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from loadtests.clients.blocking_client import BlockingClient
from loadtests.clients.client import Client
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.scratch import scratch_directory
from loadtests.harness.processes.server import Server
from loadtests.harness.verification.canaries import Canary, try_canaries
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme
from tests.loadtests.scripted_server import ScriptedServer


@pytest.fixture
def scratch() -> Iterator[Path]:
    with scratch_directory() as path:
        yield path


def try_wrong_server(path: str) -> Sequence[Canary]:
    card = find_scheme("jwt-hs256")(ServerSettings(scheme="jwt-hs256")).card
    credential = {"Authorization": f"Bearer {secrets.token_urlsafe(20)}"}
    with ScriptedServer(path) as server, BlockingClient("127.0.0.1", server.port) as connection:
        return try_canaries(connection, Client(card, connection.origin), credential, credential, forged=True)


@pytest.mark.parametrize("scheme", ["jwt-hs256", "session-memory"])
def test_a_right_server_rejects_every_forgery(scratch: Path, scheme: str) -> None:
    server = Server("arm", "arm", {"scheme": scheme}, available_processors(), scratch)
    try:
        server.wait_until_ready()
        (credential,), (expired,) = server.seed(0, 1, 60), server.seed(0, 1, -60)
        client = Client(server.card(), server.origin)
        with server.connect() as connection:
            canaries = try_canaries(connection, client, credential.headers, expired.headers, forged=True)
    finally:
        server.stop()
    kinds = ["good", "missing", "tampered", "invented", "unsigned", "another-subject", "expired"]
    assert [each.kind for each in canaries] == [
        kind for kind in kinds if scheme == "jwt-hs256" or kind not in ("unsigned", "another-subject")
    ]
    assert all(each.as_expected for each in canaries)


def test_a_server_that_accepts_everybody_is_caught() -> None:
    canaries = try_wrong_server("/whole")
    assert [each.kind for each in canaries if each.as_expected] == ["good"]


@pytest.mark.parametrize("path", ["/503", "/close"])
def test_a_server_that_answers_nobody_proves_nothing(path: str) -> None:
    assert not any(each.as_expected for each in try_wrong_server(path))
