"""One laboratory for all tests of attacks in a worker; a server of a scheme is started once for all."""

from collections.abc import Iterator

import pytest

from loadtests.attacks.run_attacks import Laboratory, open_laboratory
from tests.loadtests.attacks.attacked import Attacked


@pytest.fixture(scope="session")
def laboratory() -> Iterator[Laboratory]:
    with open_laboratory() as opened:
        yield opened


@pytest.fixture(scope="session")
def attacked(laboratory: Laboratory) -> Iterator[Attacked]:
    with Attacked(laboratory) as servers:
        yield servers
