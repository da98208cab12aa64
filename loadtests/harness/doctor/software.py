"""Software: Python, the libraries on the measured path, the store, the browser."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from authbench.contracts.records import MEASURED_DISTRIBUTIONS
from authbench.system.store_server import StoreServer
from loadtests.harness.doctor.finding import Finding, good, note, unfit, warning

MEASURED_PATH = (*MEASURED_DISTRIBUTIONS, "gevent", "locust", "pandas")
"""Distributions without which nothing can be measured, and whose versions decide a figure."""
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True)
class StoreTrial:
    """What came of starting, or reaching, a store server."""

    source: Literal["embedded", "path", "url"] | None
    server: StoreServer | None = None
    failure: str = ""
    """Why there is none, in one line with what to do; empty: it answered PING."""


def judge_python(version: str, implementation: str, debug_build: bool) -> Finding:
    """A debug build is two to five times slower, and V33 voids what it measures."""
    found = f"{implementation} {version}"
    if debug_build:
        advice = "make clean, then PYTHON=/path/to/python make setup with an ordinary build"
        return unfit("Python", f"{found}, a debug build: V33 voids what it measures", advice)
    if implementation != "CPython":
        found = f"{found}: never tried, and no figure of CPython holds for it"
        return warning("Python", found, "use CPython 3.11 or newer")
    return good("Python", found)


def locked_versions(requirements: str) -> dict[str, str]:
    """Distribution -> version of a requirements file with hashes; names in lower case."""
    return {name.lower(): version for name, version in _LOCKED.findall(requirements)}


def judge_libraries(installed: Mapping[str, str | None], locked: Mapping[str, str]) -> Finding:
    """`installed`: version by name, None where it is missing. `locked`: what the lock file says, or nothing.

    Other versions are no fault: they are measured. Their figures are others than those of the lock.
    """
    missing = [name for name, version in installed.items() if version is None]
    if missing:
        return unfit("libraries", f"missing: {', '.join(missing)}", "make setup")
    shown = ", ".join(f"{name} {version}" for name, version in installed.items())
    other = [
        f"{name} {version} ({locked[name]} is locked)"
        for name, version in installed.items()
        if name in locked and locked[name] != version
    ]
    if other:
        found = f"{shown}; not as locked: {', '.join(other)}"
        return note("libraries", found, "make setup, unless these are what you want to measure")
    return good("libraries", shown)


def judge_store(trial: StoreTrial) -> Finding:
    """A store that cannot be started, or reached, ends every run before it begins."""
    if trial.server is None or trial.source is None:
        return unfit("store", "none that answers PING", trial.failure or "install one")
    origin = {
        "embedded": "installed with the project, started",
        "path": "from PATH, started",
        "url": "yours, reached by --redis-url",
    }[trial.source]
    found = f"{trial.server}; {origin}; answers PING"
    if trial.source != "url":
        return good("store", found)
    return note("store", f"{found}. Its CPU cannot be read: CPU per request is the application's alone")


def judge_browser(path: str | None) -> Finding:
    """Only tests need one: a report's page is opened in it, and nothing that is measured."""
    if path:
        return good("Chromium", path)
    return note(
        "Chromium",
        "none: tests of the report's page and of attacks in a browser are skipped",
        "the package is called 'chromium' (Debian, Fedora) or 'chromium-browser'",
    )
