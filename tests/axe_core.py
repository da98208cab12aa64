"""axe-core, as `make axe` installs it: rules of accessibility that a program can decide."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

_SCRIPT = Path(sys.prefix) / "axe" / "node_modules" / "axe-core" / "axe.min.js"


def axe_core() -> str:
    """Its script. Where there is none the test is skipped, saying why; not in CI."""
    if not _SCRIPT.is_file():
        if os.environ.get("CI"):
            pytest.fail("axe-core is not installed: make axe")
        pytest.skip("axe-core is not installed: make axe")
    return _SCRIPT.read_text("utf-8")


def violations(page: Page, script: str) -> list[str]:
    """What axe-core objects to in the page as it is shown now, rule by rule, with up to three places each."""
    if not page.evaluate("typeof axe === 'object'"):
        page.add_script_tag(content=script)
    found: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {[(node['target'], node['failureSummary'][:200]) for node in one['nodes'][:3]]}"
        for one in found["violations"]
    ]
