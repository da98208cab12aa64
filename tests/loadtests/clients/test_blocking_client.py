import pytest

from loadtests.clients.blocking_client import BlockingClient, Reply


@pytest.mark.parametrize(
    ("status", "expected"), [(200, True), (401, True), (429, True), (0, False), (503, False)]
)
def test_a_refusal_is_an_answer_and_an_overloaded_server_gives_none(status: int, expected: bool) -> None:
    assert Reply(status, (), b"").answered is expected


@pytest.mark.parametrize(
    ("host", "port", "origin"),
    [
        ("127.0.0.1", 8000, "http://127.0.0.1:8000"),
        ("::1", 8000, "http://[::1]:8000"),
        ("shop.test", 80, "http://shop.test"),
    ],
)
def test_an_origin_is_as_a_browser_writes_it(host: str, port: int, origin: str) -> None:
    with BlockingClient(host, port) as client:
        assert client.origin == origin
