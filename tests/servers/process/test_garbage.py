import gc
from collections.abc import Iterator

import pytest

from servers.process.garbage import settle


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_there_is_frozen_and_young_objects_are_collected_as_before() -> None:
    before = gc.get_threshold()
    settle()
    assert gc.get_freeze_count() > 1000
    assert gc.get_threshold()[:2] == before[:2]
    assert gc.isenabled()
