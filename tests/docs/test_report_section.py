"""The report section that docs/extending.md shows is a file of `analysis/report/sections`, all of it."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text("utf-8")


def test_the_section_shown_is_the_file() -> None:
    shown = re.search(r"^```jinja\n(\{# (\S+) #\}\n.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert shown[1] == (ROOT / shown[2]).read_text("utf-8")
    assert len(shown[1].splitlines()) < 65
