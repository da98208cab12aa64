"""The second pair of eyes, as a process, against a server that answers as asked."""

import time
from collections.abc import Iterator

import pytest

from authbench.contracts.generator_protocol import PlannedRequest
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.second_client import SecondClient, request_moments
from tests.loadtests.scripted_server import ScriptedServer, body_of

_READS = [
    PlannedRequest(headers={"X-User": f"user{n}"}, expect=body_of(f"user{n}").decode()) for n in range(9)
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecondClient]:
    client = SecondClient(available_processors(), tmp_path_factory.mktemp("second-client"))
    yield client
    client.child.stop()


def watch(client: SecondClient, server: ScriptedServer, path: str = "") -> None:
    server.answers_all = path
    client.arm("arm", "127.0.0.1", server.port, _READS)
    client.begin("arm", time.monotonic_ns(), 0.5, seed=1)


def test_it_asks_a_few_times_with_credentials_in_turn(client: SecondClient, server: ScriptedServer) -> None:
    watch(client, server, "/two-segments")
    seen = client.reading()
    assert (seen.sent, seen.accepted, len(seen.service_ns)) == (4, 4, 4)
    assert min(seen.service_ns) > 0
    assert seen.cpu_ns > 0
    assert server.users == {f"user{n}": 1 for n in range(5, 9)}, "the last credentials, once each"
    assert server.connections == 1


def test_it_connects_for_each_request_where_the_load_does(
    client: SecondClient, server: ScriptedServer
) -> None:
    client.arm("arm", "127.0.0.1", server.port, _READS, fresh=True)
    client.begin("arm", time.monotonic_ns(), 0.5, seed=1)
    seen = client.reading()
    assert (seen.sent, seen.accepted, len(seen.service_ns)) == (4, 4, 4)
    assert server.connections == 5, "one when it was told of the server, and one for each request"


@pytest.mark.parametrize("path", ["/503", "/another-user", "/close", "/half"])
def test_a_wrong_answer_is_none(client: SecondClient, server: ScriptedServer, path: str) -> None:
    watch(client, server, path)
    seen = client.reading()
    assert (seen.sent, seen.accepted, seen.service_ns) == (4, 0, [])


def test_a_server_that_does_not_answer_is_not_waited_for_twice(
    client: SecondClient, server: ScriptedServer
) -> None:
    watch(client, server, "/garbage")
    seen = client.reading()
    assert (seen.sent, seen.accepted) == (1, 0)


def test_a_server_that_hangs_up_is_asked_again(client: SecondClient, server: ScriptedServer) -> None:
    watch(client, server)
    assert client.reading().accepted == 4
    server.hang_up()
    client.begin("arm", time.monotonic_ns(), 0.5, seed=2)
    seen = client.reading()
    assert seen.sent == 4
    assert seen.accepted >= 3, "the first after the hang-up may be lost"


def test_the_moments_are_the_same_for_every_arm_of_a_cycle() -> None:
    moments = request_moments(1_000_000, 0.25, seed=7)
    assert moments == request_moments(1_000_000, 0.25, seed=7)
    assert len(moments) == 2
    assert 1_000_000 < moments[0] < moments[1] < 1_000_000 + 230_000_000
    assert len(request_moments(0, 0.01, seed=7)) == 1
