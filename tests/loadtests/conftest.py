from collections.abc import Iterator

import pytest

from tests.loadtests.scripted_server import ScriptedServer


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server that answers as its paths say; it ends with the test."""
    with ScriptedServer() as server:
        yield server
