"""Whether a library is there: not all are needed by those who measure our own schemes only."""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

from authbench.contracts.failure import Failure

HOW = "make libraries"
"""Installs all of them, from the lock file of their own."""


def installed(distribution: str, module: str) -> ModuleType:
    """The module of a library, imported. Failure in one line where the library is not installed.

    Not at the head of a scheme's file: its card is read where the library is missing, too.
    """
    if version_of(distribution) is None:
        raise Failure(f"{distribution} is not installed: {HOW}")
    return import_module(module)


def version_of(distribution: str) -> str | None:
    """The version that is installed; None if it is not."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
