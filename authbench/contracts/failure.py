"""How a user's mistake, or the machine's, ends a command: one line and an exit code, never a traceback."""

from enum import IntEnum
from typing import TYPE_CHECKING

from authbench.contracts.masking import masked

if TYPE_CHECKING:
    from pydantic import ValidationError


class ExitCode(IntEnum):
    """Exit status of every command. A script may rely on these numbers."""

    DONE = 0
    """The command did what it was asked to do."""
    INTERNAL = 1
    """The program itself failed: a defect, or a part of it that died."""
    USAGE = 2
    """Wrong usage or configuration: the line printed says what to change."""
    INVALID = 3
    """The run ended, or was given up, without figures that may be used; `doctor`: a run would end so."""
    GATE = 4
    """A gate failed: a service level objective, a regression threshold, or a record that is stale."""
    VERIFICATION = 5
    """A scheme does not do what its name says."""
    FOUND = 6
    """A probe, a drill, a judge or a calibration found what it must not, or missed what it must find."""
    NOT_COMPARABLE = 7
    """What should be compared was measured under other conditions, or has no figure: nothing was decided."""
    NO_BASELINE = 8
    """There is nothing yet to compare with."""
    INTERRUPTED = 130
    """Stopped by SIGINT or SIGTERM; what was recorded says so and counts as nothing."""


class Failure(Exception):
    """Ends the command. `str(failure)` is one line: what, where, what to do. Passwords of URLs are masked."""

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(masked(" ".join(message.split())))
        self.exit_code = exit_code


def first_error(error: "ValidationError", whole: str) -> tuple[str, str]:
    """Where pydantic found its first error, as a dotted path, and what it says of it.

    The value is left out: it may be secret. `whole` is the place of an error that concerns everything.
    """
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or whole
    return place, first["msg"].removeprefix("Value error, ")
