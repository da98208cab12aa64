import re
import tomllib
from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from servers.libraries.parts.installed import installed, version_of


def test_what_is_there_is_imported() -> None:
    assert installed("starlette", "starlette.requests").__name__ == "starlette.requests"
    assert version_of("starlette")


def test_what_is_missing_is_one_line_that_says_what_to_do() -> None:
    assert version_of("no-such-library") is None
    with pytest.raises(Failure, match="no-such-library is not installed: make libraries"):
        installed("no-such-library", "no_such_library")


def test_the_lock_has_what_the_group_names_with_hashes_and_no_address() -> None:
    root = Path(__file__).parents[4]
    group = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["dependency-groups"]["libraries"]
    lock = (root / "libraries.lock").read_text("utf-8")
    locked = re.findall(r"^(\S+)==(\S+) \\$", lock, re.MULTILINE)
    assert {tuple(each.split("==")) for each in group} <= set(locked)
    assert lock.count("==") == len(locked) <= lock.count("--hash=sha256:")
    assert "://" not in lock
