"""The telemetry readings: each file here is one more, and no list names it."""

import sys

from authbench.system.discovery import find_classes
from loadtests.harness.telemetry.reading import Reading


def find_readings() -> list[Reading]:
    """Make one object of every reading in this folder."""
    return [kind() for kind in find_classes(sys.modules[__name__], Reading).values()]
