"""Each library's scheme over real HTTP: its stores are asked what its card says, no forgery is let in."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from authbench.contracts.card import Operation
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme, known_libraries, known_schemes
from tests.servers.libraries.visits import LIBRARIES, holds_its_card, needs, refuses_what_was_not_issued
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess


def test_each_is_known_and_none_is_among_our_own() -> None:
    assert set(known_libraries()) == set(LIBRARIES)
    assert not known_libraries().keys() & known_schemes().keys()
    for name, scheme in known_libraries().items():
        assert find_scheme(name) is scheme
        card = scheme(ServerSettings(scheme=name)).card
        assert card.name == name
        assert card.summary.startswith(scheme.distribution)
        assert card.reason
        assert len(card.summary) < 110


@pytest.mark.parametrize("name", LIBRARIES)
def test_it_does_what_its_card_says(name: str, store: RedisProcess) -> None:
    needs(name)
    with TemporaryDirectory(prefix="library-") as folder:
        server = ServerProcess(
            Path(folder),
            scheme=name,
            redis_url=store.url,
            store_deadline_ms=5000,
            database_deadline_ms=5000,
            session_database_url=f"sqlite+aiosqlite:///{folder}/sessions.sqlite",
        )
        try:
            card = holds_its_card(server, store)
            refuses_what_was_not_issued(server)
            config = server.ask("config")
        finally:
            server.stop()
    # The library's middleware is the scheme's own layer, and not one of the server's.
    assert config["middleware"] == ["InFlight"]
    if card.carrier == "authorization" and not card.store_commands[Operation.READ]:
        assert all(config["crypto"][name] for name in ("algorithm", "key_bits", "library", "backend"))
