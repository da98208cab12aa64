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
