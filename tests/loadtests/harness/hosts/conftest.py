"""Folders for agents."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder whose path is short enough for sockets below it, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="ab", ignore_cleanup_errors=True) as name:
        yield Path(name)
