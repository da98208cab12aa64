"""What an engine on another host holds instead of files."""

from pathlib import Path

import pytest

from authbench.contracts.message import OrderError
from authbench.contracts.workers.file_parts import PART_BYTES, Assembly, split_file
from loadtests.generator.held_files import HeldFiles


def test_a_file_that_was_put_is_given_away_once() -> None:
    held, content = HeldFiles(), b"x" * (PART_BYTES + 1)
    for part in split_file("requests0.json", content):
        held.put(part)
    assert held.take(Path("requests0.json")) == content
    with pytest.raises(OrderError, match=r"requests0\.json: not held here"):
        held.take(Path("requests0.json"))


def test_a_file_that_was_written_is_fetched_once() -> None:
    held, content = HeldFiles(), b"y" * (PART_BYTES + 1)
    held.open(Path("rows0.npz")).write(content)
    assembly = Assembly("rows0.npz")
    assert assembly.add(held.give("rows0.npz", 0)) is None
    with pytest.raises(OrderError, match="has 2 parts, and no part 2"):
        held.give("rows0.npz", 2)
    assert assembly.add(held.give("rows0.npz", 1)) == content
    with pytest.raises(OrderError, match=r"rows0\.npz: not held here"):
        held.give("rows0.npz", 0)


def test_the_first_part_comes_first_and_begins_anew() -> None:
    held, (first, second) = HeldFiles(), split_file("a.pem", b"z" * (PART_BYTES + 1))
    with pytest.raises(OrderError, match="its first part is missing"):
        held.put(second)
    held.put(first)
    held.put(first)
    held.put(second)
    assert len(held.take(Path("a.pem"))) == PART_BYTES + 1
