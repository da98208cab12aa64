"""The attack with forged credentials: against a real server, and against servers that are wrong."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from authbench.contracts.card import Card
from loadtests.attacks.attack import AttackResult, Outcome, Target, find_attacks
from loadtests.attacks.forged_credential import ForgedCredential
from loadtests.clients.blocking_client import BlockingClient
from loadtests.clients.client import Client, Headers
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.scratch import scratch_directory
from loadtests.harness.processes.server import Server
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme
from tests.loadtests.scripted_server import ScriptedServer


@pytest.fixture
def scratch() -> Iterator[Path]:
    with scratch_directory() as path:
        yield path


def attack(
    connection: BlockingClient, card: Card, credential: Headers, expired: Headers | None
) -> AttackResult:
    client = Client(card, connection.origin)
    return ForgedCredential().run(Target(connection, client, card.authenticates, credential, expired))


def attack_wrong_server(path: str) -> AttackResult:
    card = find_scheme("jwt-hs256")(ServerSettings(scheme="jwt-hs256")).card
    credential = {"Authorization": f"Bearer {secrets.token_urlsafe(20)}"}
    with ScriptedServer(path) as server, BlockingClient("127.0.0.1", server.port) as connection:
        return attack(connection, card, credential, credential)


def test_it_is_found_by_its_name() -> None:
    assert [each.name for each in find_attacks()] == ["forged-credential"]


@pytest.mark.parametrize("scheme", ["jwt-hs256", "session-memory"])
def test_a_right_server_rejects_every_forgery(scratch: Path, scheme: str) -> None:
    server = Server("arm", "arm", {"scheme": scheme}, available_processors(), scratch)
    try:
        server.wait_until_ready()
        (credential,), (expired,) = server.seed(0, 1, 60), server.seed(0, 1, -60)
        with server.connect() as connection:
            result = attack(connection, server.card(), credential.headers, expired.headers)
    finally:
        server.stop()
    assert result.outcome is Outcome.REJECTED
    kinds = ["good", "missing", "tampered", "invented", "unsigned", "another-subject", "expired"]
    assert [each.kind for each in result.evidence] == [
        kind for kind in kinds if scheme == "jwt-hs256" or kind not in ("unsigned", "another-subject")
    ]
    assert all(each.reply.status == each.expected_status for each in result.evidence)


def test_a_server_that_accepts_everybody_is_caught() -> None:
    result = attack_wrong_server("/whole")
    assert result.outcome is Outcome.SUCCEEDED
    assert {each.reply.status for each in result.evidence} == {200}


@pytest.mark.parametrize("path", ["/401", "/503", "/close"])
def test_nothing_is_shown_where_the_legitimate_credential_does_not_work(path: str) -> None:
    assert attack_wrong_server(path).outcome is Outcome.NOT_RUN
