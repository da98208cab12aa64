"""The faults: one file for each way to inject them, and no list names it."""

import importlib
import pkgutil

from selftest.fault import Fault
from selftest.registry import CODES


def all_faults() -> list[Fault]:
    """Return the faults of every file in this folder, by the number of their rule."""
    files = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    found = [fault for file in files for fault in file.FAULTS]
    return sorted(found, key=lambda fault: CODES.index(fault.rule) if fault.rule in CODES else len(CODES))
