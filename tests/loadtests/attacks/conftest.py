"""One laboratory for all tests of attacks in a worker: a store, a certificate, a folder."""

from collections.abc import Iterator

import pytest

from loadtests.attacks.run_attacks import Laboratory, open_laboratory


@pytest.fixture(scope="session")
def laboratory() -> Iterator[Laboratory]:
    with open_laboratory() as opened:
        yield opened
