"""How users end a login, and what a status tells them."""

import asyncio

import pytest

from authbench.contracts.card import Card, Operation
from authbench.contracts.security.drill_history import Act, Answer
from loadtests.clients.client import Client
from loadtests.history.connections import Connections
from loadtests.history.users import End, HeldLogin, Users, answer_of, way_to_end
from tests.loadtests.scripted_server import ScriptedServer


def card(*, ends: bool, window_s: float, disabled_s: float, everywhere: bool) -> Card:
    return Card(
        name="some",
        summary="for tests",
        authenticates=True,
        carrier="cookie",
        travels="something",
        store="redis",
        store_commands={Operation.READ: {}} | ({Operation.LOGOUT_EVERYWHERE: {}} if everywhere else {}),
        logout_ends_credential=ends,
        revocation_window_s=window_s,
        disabled_window_s=disabled_s,
        loopback_only=False,
    )


@pytest.mark.parametrize(
    ("ends", "window_s", "disabled_s", "everywhere", "way"),
    [
        (True, 0, 0, True, End(Operation.LOGOUT, 0)),
        (False, 900, 0, True, End(Operation.LOGOUT_EVERYWHERE, 0)),
        (False, 900, 0, False, End(Operation.LOGOUT, 900)),
        (False, 60, 60, True, End(Operation.LOGOUT, 60)),
    ],
)
def test_a_login_is_ended_in_the_way_that_reaches_farthest(
    ends: bool, window_s: float, disabled_s: float, everywhere: bool, way: End
) -> None:
    said = card(ends=ends, window_s=window_s, disabled_s=disabled_s, everywhere=everywhere)
    assert way_to_end(said) == way


@pytest.mark.parametrize(
    ("act", "status", "answer"),
    [
        (Act.READ, 200, Answer.YES),
        (Act.READ, 401, Answer.NO),
        (Act.READ, 400, Answer.UNAVAILABLE),
        (Act.REFRESH, 400, Answer.NO),
        (Act.READ, 503, Answer.UNAVAILABLE),
        (Act.LOGIN, 429, Answer.UNAVAILABLE),
        (Act.READ, 0, Answer.UNKNOWN),
    ],
)
def test_what_a_status_says(act: Act, status: int, answer: Answer) -> None:
    assert answer_of(act, status, 200) is answer


def test_a_check_that_is_answered_503_is_made_again() -> None:
    said = card(ends=True, window_s=0, disabled_s=0, everywhere=False)
    one = HeldLogin(0, "user-000000", {})

    async def inside(server: ScriptedServer) -> list[Answer]:
        connections = Connections("127.0.0.1", server.port)
        client = Client(said, f"http://127.0.0.1:{server.port}")
        users = Users(said, client, connections, lambda: 0, [], "", {}, live=[one], leaving=[])
        checking = asyncio.create_task(users.check(one))
        while not users.events:
            await asyncio.sleep(0.01)
        server.answers_all = "/401"
        await checking
        connections.close()
        return [event.answer for event in users.events if event.act is Act.READ]

    with ScriptedServer(answers_all="/503") as server:
        assert asyncio.run(inside(server)) == [Answer.UNAVAILABLE, Answer.NO]
