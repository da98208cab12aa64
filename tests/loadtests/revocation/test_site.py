"""What a call that revokes says of itself: whether it can be asked again."""

from typing import Any, cast

import pytest

from loadtests.clients.blocking_client import BlockingClient
from loadtests.clients.client import Client
from loadtests.revocation.site import NotRevoked, Site
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme
from tests.loadtests.scripted_server import ScriptedServer

CARD = find_scheme("jwt-hs256")(ServerSettings(scheme="jwt-hs256")).card


def site(port: int) -> Site:
    """Only its connections are used."""
    return Site(cast(Any, None), CARD, Client(CARD, f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize(("path", "ask_again"), [("/503", True), ("/401", False), ("/500", False)])
def test_only_a_503_asks_to_be_asked_again(path: str, ask_again: bool) -> None:
    with ScriptedServer() as server, BlockingClient("127.0.0.1", server.port) as connection:
        with pytest.raises(NotRevoked, match=f"POST {path} answered {path[1:]}") as refused:
            site(server.port).send(connection, path, {})
        assert refused.value.ask_again is ask_again
        assert site(server.port).send(connection, "/204", {}).status == 204


def test_a_login_is_asked_for_again_as_well() -> None:
    with ScriptedServer(answers_all="/503") as server, BlockingClient("127.0.0.1", server.port) as connection:
        with pytest.raises(NotRevoked, match="POST /login answered 503") as refused:
            site(server.port).log_in(connection, "user-000001")
        assert refused.value.ask_again
