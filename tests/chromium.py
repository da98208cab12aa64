"""A real Chromium for tests. Each module opens its own: while one is open, no test can run a loop."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def need_chromium(without: str) -> str | None:
    """The one that is installed. Where there is none the test is skipped, saying what is left `without`; not
    in CI.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None and not os.environ.get("CI"):
        pytest.skip(f"no Chromium is installed: {without}")
    return found


@contextmanager
def chromium(without: str) -> Iterator[Browser]:
    """The one that is installed, open. As of `need_chromium`."""
    found = need_chromium(without)
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found, args=_ARGUMENTS)
        yield opened
        opened.close()
