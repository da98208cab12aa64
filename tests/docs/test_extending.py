"""Every file that docs/extending.md shows is that file, all of it, and is short enough to be read."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text("utf-8")
SHOWN = dict(re.findall(r"^```python\n# (\S+\.py)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
"""Path -> what the page shows of it: each block of Python whose first line is a comment with the path."""


def test_every_block_of_python_names_its_file() -> None:
    assert len(SHOWN) == PAGE.count("```python\n") > 0


@pytest.mark.parametrize("path", SHOWN)
def test_the_file_shown_is_the_file(path: str) -> None:
    assert SHOWN[path] == (ROOT / path).read_text("utf-8")
    assert len(SHOWN[path].splitlines()) < 65
