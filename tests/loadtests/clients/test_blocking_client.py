import pytest

from loadtests.clients.blocking_client import Reply


@pytest.mark.parametrize(
    ("status", "expected"), [(200, True), (401, True), (429, True), (0, False), (503, False)]
)
def test_a_refusal_is_an_answer_and_an_overloaded_server_gives_none(status: int, expected: bool) -> None:
    assert Reply(status, (), b"").answered is expected
