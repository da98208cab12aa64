"""One laboratory for all tests of attacks in a worker; a server of a scheme is started once for several."""

from collections.abc import Iterator

import pytest

from loadtests.attacks.run_attacks import Laboratory, open_laboratory
from tests.loadtests.attacks.attacked import Attacked
from tests.servers.server_process import QUICK


@pytest.fixture(scope="session")
def laboratory() -> Iterator[Laboratory]:
    """Its servers hash passwords cheaply."""
    with open_laboratory(QUICK) as opened:
        yield opened


@pytest.fixture(scope="session")
def attacked(laboratory: Laboratory) -> Iterator[Attacked]:
    with Attacked(laboratory) as servers:
        yield servers


@pytest.fixture(scope="module")
def attacked_as_they_are() -> Iterator[Attacked]:
    """Servers whose hashes cost what they cost a user, for attacks that live on that."""
    with open_laboratory() as opened, Attacked(opened) as servers:
        yield servers
