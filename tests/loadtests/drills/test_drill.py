"""Drills are found by their folder. What they do is tried in tests/integration and beside each store."""

from loadtests.drills.drill import find_drills


def test_every_drill_is_found_by_its_name_and_says_what_it_does() -> None:
    found = find_drills()
    assert {"frozen-server", "store-killed", "store-flushed", "worker-killed"} <= found.keys()
    assert all(kind.name == name and kind.summary for name, kind in found.items())
