"""What the process tells its caller. A script may rely on these numbers."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit status of every verb."""

    DONE = 0
    """The verb did what it was asked."""
    INTERNAL = 1
    """A fault of this program."""
    USAGE = 2
    """Wrong usage or configuration: the line printed says what to change."""
    INVALID = 3
    """The run ended, or was given up, without figures that may be used; `doctor`: it would."""
    GATE = 4
    """A gate failed: a service level objective or a regression threshold."""
    VERIFICATION = 5
    """A scheme does not do what its name says."""
    FOUND = 6
    """A probe, a drill or a calibration found what it must not, or missed what it must find."""
    INTERRUPTED = 130
    """Stopped by SIGINT or SIGTERM; what was recorded says so and counts as nothing."""
