"""What the command answers to a mistake, without the second that a process of its own takes to start.

How `main` prints it is held in tests/integration/test_mistakes.py, where a user starts the command.
"""

from typing import NamedTuple

import pytest
import typer

from authbench.cli import app
from authbench.contracts.failure import ExitCode, Failure


class Told(NamedTuple):
    """The one line, and the exit code behind it."""

    code: int
    line: str


def mistake(*arguments: str) -> Told:
    """Call `authbench ARGUMENTS`, which must refuse them in one line."""
    with pytest.raises((Failure, typer.TyperException)) as told:
        app(list(arguments), standalone_mode=False)
    if isinstance(told.value, Failure):
        code, line = told.value.exit_code, str(told.value)
    else:
        assert isinstance(told.value, typer.TyperException)
        code, line = ExitCode.USAGE, told.value.format_message()
    assert len(line.splitlines()) == 1, line
    return Told(code, line)
